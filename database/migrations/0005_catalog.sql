create type public.risk_level_t as enum ('low', 'medium', 'high');
create type public.scale_t as enum ('personal_brand', 'solo', 'startup', 'boutique_agency', 'smb', 'corporate', 'enterprise');
create type public.urgency_t as enum ('low', 'planned', 'sprint', 'pilot', 'crisis');
create type public.complexity_t as enum ('foundational', 'standard', 'advanced', 'expert');
create type public.resources_t as enum ('minimal', 'solo', 'lean_team', 'agency_stack', 'full_stack_org', 'enterprise_budget');
create type public.application_t as enum
  ('training', 'audit', 'implementation', 'strategy_design', 'crisis_response', 'experimentation', 'documentation');
create type public.output_t as enum ('txt', 'md', 'checklist', 'spec', 'playbook', 'json', 'yaml', 'diagram', 'bundle');
create type public.migration_kind_t as enum ('major', 'minor', 'patch');
create type public.migration_status_t as enum ('draft', 'pending', 'applied', 'failed', 'skipped');

create function app.is_vectors(vectors smallint[]) returns boolean
language sql immutable parallel safe
return coalesce(
  array_ndims(vectors) = 1 and cardinality(vectors) between 1 and 3
  and (select count(distinct v) = cardinality(vectors) and bool_and(coalesce(v between 1 and 7, false)) from unnest(vectors) v), false);

create function app.is_modules(modules text[]) returns boolean
language sql immutable parallel safe
return coalesce((select bool_and(coalesce(m ~ '^M(0[1-9]|[1-4][0-9]|50)$', false)) from unnest(modules) m), true);

create function app.semver_step(from_semver app.semver, to_semver app.semver) returns migration_kind_t
language sql immutable strict parallel safe
return case
  when app.semver_key(to_semver) <= app.semver_key(from_semver) then null
  when split_part(to_semver, '.', 1) <> split_part(from_semver, '.', 1) then 'major'::public.migration_kind_t
  when split_part(to_semver, '.', 2) <> split_part(from_semver, '.', 2) then 'minor'::public.migration_kind_t
  else 'patch'::public.migration_kind_t
end;

grant execute on function app.is_vectors(smallint[]), app.is_modules(text[]), app.semver_step(app.semver, app.semver) to promptforge_web;

create table public.modules (
  module_id app.module_id primary key,
  name text not null check (btrim(name) <> ''),
  summary text,
  vectors smallint[] not null check (app.is_vectors(vectors)),
  requirements text,
  inputs app.list not null default '[]',
  spec text,
  output_schema app.object,
  kpi app.object,
  guardrails app.object,
  enabled boolean not null default true,
  current_version app.semver not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now());

create table public.module_versions (
  id uuid primary key,
  module_id app.module_id not null references public.modules on delete restrict,
  semver app.semver not null,
  parent_version_id uuid references public.module_versions on delete restrict,
  name text not null check (btrim(name) <> ''),
  vectors smallint[] not null check (app.is_vectors(vectors)),
  requirements text,
  spec text,
  output_schema app.object,
  kpi app.object,
  guardrails app.object,
  definition app.object not null,
  content_hash app.sha256_hex not null,
  enabled boolean not null default true,
  changelog text,
  created_by uuid references auth.users on delete set null,
  created_at timestamptz not null default now(),
  constraint module_versions_semver_key unique (module_id, semver));

alter table public.modules add constraint modules_current_version_fkey
  foreign key (module_id, current_version) references public.module_versions (module_id, semver) deferrable initially deferred;

create table public.module_migrations (
  id uuid primary key,
  module_id app.module_id not null,
  from_semver app.semver not null,
  to_semver app.semver not null,
  kind migration_kind_t not null,
  script app.list not null,
  script_checksum app.sha256_hex not null,
  description text,
  status migration_status_t not null default 'draft',
  created_by uuid references auth.users on delete set null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  applied_by uuid references auth.users on delete set null,
  applied_at timestamptz,
  dry_run_result app.object,
  apply_result app.object,
  meta app.object,
  constraint module_migrations_step_key unique (module_id, from_semver, to_semver),
  foreign key (module_id, from_semver) references public.module_versions (module_id, semver) on delete restrict,
  foreign key (module_id, to_semver) references public.module_versions (module_id, semver) on delete restrict,
  constraint module_migrations_kind_check check (coalesce(app.semver_step(from_semver, to_semver) = kind, false)),
  check ((status = 'applied') = (applied_at is not null)));

create table public.industries (
  code text primary key check (code ~ '^[a-z][a-z0-9_]{1,39}$'),
  name text not null check (btrim(name) <> ''),
  sub_industries app.list not null default '[]',
  meta app.object,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now());
create unique index industries_name_key on public.industries (lower(name));

create table public.domain_configs (
  code text primary key references public.industries on delete restrict,
  version app.semver not null,
  jargon app.list not null default '[]',
  kpis app.list not null default '[]',
  compliance_notes text,
  risk_level risk_level_t not null,
  style_bias text,
  default_scale scale_t not null,
  default_urgency urgency_t not null,
  default_complexity complexity_t not null,
  default_resources resources_t not null,
  default_application application_t not null,
  default_output output_t not null,
  evaluator_overrides app.object not null default '{}',
  definition app.object not null,
  content_hash app.sha256_hex not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now());

create table public.packs (
  code text primary key check (code ~ '^[a-z0-9_]{2,40}$'),
  version app.semver not null,
  name text not null check (btrim(name) <> ''),
  domain text references public.industries on delete restrict,
  min_plan plan_code_t not null references public.plans on delete restrict,
  price_eur_per_year int check (price_eur_per_year >= 0),
  modules text[] not null check (app.is_modules(modules)),
  definition app.object not null,
  content_hash app.sha256_hex not null,
  enabled boolean not null default true,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now());

create table public.org_packs (
  org_id uuid not null references public.orgs on delete cascade,
  pack_code text not null references public.packs on delete restrict,
  source entitlement_source not null check (source in ('pack', 'license', 'manual')),
  stripe_subscription_item_id text,
  activated_at timestamptz not null default now(),
  expires_at timestamptz,
  primary key (org_id, pack_code),
  constraint org_packs_stripe_subscription_item_id_key unique (stripe_subscription_item_id));

create trigger set_updated_at before update on public.modules for each row execute function app.set_updated_at();
create trigger set_updated_at before update on public.module_migrations for each row execute function app.set_updated_at();
create trigger set_updated_at before update on public.industries for each row execute function app.set_updated_at();
create trigger set_updated_at before update on public.domain_configs for each row execute function app.set_updated_at();
create trigger set_updated_at before update on public.packs for each row execute function app.set_updated_at();
create trigger module_versions_immutable before update on public.module_versions for each row
  when (to_jsonb(old) - 'enabled' - 'created_by' is distinct from to_jsonb(new) - 'enabled' - 'created_by')
  execute function app.refuse_change();

alter table public.modules enable row level security;
alter table public.modules force row level security;
create policy everybody_reads on public.modules for select to promptforge_web, authenticated, anon using (true);
create policy catalogue_sync on public.modules to promptforge_web
  using ((select app.current_org()) is null) with check ((select app.current_org()) is null);
grant select, insert, update, delete on public.modules to promptforge_web;
grant select on public.modules to authenticated;
grant select (module_id, name, summary, vectors, enabled, current_version) on public.modules to anon;

alter table public.module_versions enable row level security;
alter table public.module_versions force row level security;
create policy server_reads on public.module_versions for select to promptforge_web using (true);
create policy users_read_enabled on public.module_versions for select to authenticated using (enabled);
create policy catalogue_sync on public.module_versions to promptforge_web
  using ((select app.current_org()) is null) with check ((select app.current_org()) is null);
grant select, insert, update (enabled) on public.module_versions to promptforge_web;
grant select on public.module_versions to authenticated;

alter table public.module_migrations enable row level security;
alter table public.module_migrations force row level security;
create policy staff_reads on public.module_migrations for select to promptforge_web
  using ((select app.current_org()) is null);
create policy staff_adds on public.module_migrations for insert to promptforge_web
  with check ((select app.current_org()) is null);
create policy staff_changes_until_applied on public.module_migrations for update to promptforge_web
  using ((select app.current_org()) is null and status <> 'applied') with check ((select app.current_org()) is null);
grant select, insert, update (status, description, applied_by, applied_at, dry_run_result, apply_result, meta)
  on public.module_migrations to promptforge_web;

alter table public.industries enable row level security;
alter table public.industries force row level security;
create policy everybody_reads on public.industries for select to promptforge_web, authenticated, anon using (true);
create policy catalogue_sync on public.industries to promptforge_web
  using ((select app.current_org()) is null) with check ((select app.current_org()) is null);
grant select, insert, update, delete on public.industries to promptforge_web;
grant select on public.industries to authenticated, anon;

alter table public.domain_configs enable row level security;
alter table public.domain_configs force row level security;
create policy everybody_reads on public.domain_configs for select to promptforge_web, authenticated, anon using (true);
create policy catalogue_sync on public.domain_configs to promptforge_web
  using ((select app.current_org()) is null) with check ((select app.current_org()) is null);
grant select, insert, update, delete on public.domain_configs to promptforge_web;
grant select on public.domain_configs to authenticated, anon;

alter table public.packs enable row level security;
alter table public.packs force row level security;
create policy everybody_reads on public.packs for select to promptforge_web, authenticated, anon using (true);
create policy catalogue_sync on public.packs to promptforge_web
  using ((select app.current_org()) is null) with check ((select app.current_org()) is null);
grant select, insert, update, delete on public.packs to promptforge_web;
grant select on public.packs to authenticated;
grant select (code, version, name, domain, min_plan, price_eur_per_year, modules, enabled) on public.packs to anon;

alter table public.org_packs enable row level security;
alter table public.org_packs force row level security;
create policy server on public.org_packs to promptforge_web
  using (org_id = (select app.current_org())) with check (org_id = (select app.current_org()));
create policy members_read on public.org_packs for select to authenticated
  using (org_id = any ((select app.my_orgs())::uuid[]));
grant select, insert, delete, update (source, stripe_subscription_item_id, activated_at, expires_at) on public.org_packs to promptforge_web;
grant select on public.org_packs to authenticated;

create view public.v_modules_catalog with (security_invoker = true) as
  select m.module_id, m.name, m.vectors, m.summary, m.current_version,
         (select min(p.code)::text from public.plans p
           where p.flags -> 'allowedModules' @> to_jsonb(m.module_id::text) or p.flags ->> 'allowedModules' = 'ALL') as required_plan
    from public.modules m
   where m.enabled;

create view public.v_domain_preset with (security_invoker = true) as
  select d.code, i.name as industry, i.sub_industries, d.jargon, d.kpis, d.compliance_notes, d.risk_level::text as risk_level, d.style_bias,
         d.default_scale::text as default_scale, d.default_urgency::text as default_urgency, d.default_complexity::text as default_complexity,
         d.default_resources::text as default_resources, d.default_application::text as default_application, d.default_output::text as default_output
    from public.domain_configs d join public.industries i on i.code = d.code;

create view public.v_module_versions with (security_invoker = true) as
  select module_id, semver, enabled, content_hash, changelog, created_at from public.module_versions;

create view public.v_module_latest with (security_invoker = true) as
  select distinct on (module_id) module_id, semver, name, vectors, requirements, spec, output_schema, kpi, guardrails, definition, content_hash, created_at
    from public.module_versions
   where enabled
   order by module_id, app.semver_key(semver) desc;

create view public.v_module_migrations with (security_invoker = true) as
  select id, module_id, from_semver, to_semver, kind::text as kind, status::text as status, description, script_checksum, created_at, applied_at
    from public.module_migrations;

grant select on public.v_modules_catalog, public.v_domain_preset to promptforge_web, authenticated, anon;
grant select on public.v_module_versions, public.v_module_latest to promptforge_web, authenticated;
grant select on public.v_module_migrations to promptforge_web;
