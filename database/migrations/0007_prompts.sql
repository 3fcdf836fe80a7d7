create function app.is_outputs(outputs output_t[]) returns boolean
language sql immutable parallel safe
return coalesce(array_ndims(outputs) = 1
  and (select count(distinct o) = cardinality(outputs) from unnest(outputs) o), false);

create function public.pf_signature_7d(domain text, scale scale_t, urgency urgency_t, complexity complexity_t, resources resources_t,
                                       application application_t, output output_t) returns text
language plpgsql immutable strict parallel safe
as $$
begin
  return encode(sha256(convert_to(
    domain || '|' || scale || '|' || urgency || '|' || complexity || '|' || resources || '|' || application || '|' || output, 'UTF8')), 'hex');
end $$;

grant execute on function app.is_outputs(output_t[]),
  public.pf_signature_7d(text, scale_t, urgency_t, complexity_t, resources_t, application_t, output_t) to promptforge_web;

create table public.parameter_sets (
  org_id uuid not null references public.orgs on delete cascade,
  id uuid not null,
  signature app.sha256_hex not null,
  domain text not null references public.domain_configs on delete restrict,
  scale scale_t not null,
  urgency urgency_t not null,
  complexity complexity_t not null,
  resources resources_t not null,
  application application_t not null,
  output_formats output_t[] not null check (app.is_outputs(output_formats)),
  overrides app.object not null default '{}',
  created_at timestamptz not null default now(),
  primary key (org_id, id),
  constraint parameter_sets_signature_key unique (org_id, signature, output_formats),
  constraint parameter_sets_signature_check check
    (signature = public.pf_signature_7d(domain, scale, urgency, complexity, resources, application, output_formats[1])));

create table public.prompt_history (
  org_id uuid not null references public.orgs on delete cascade,
  id uuid not null,
  user_id uuid references auth.users on delete set null,
  project_id uuid,
  module_id app.module_id not null,
  module_version app.semver not null,
  ruleset_version app.semver not null,
  parameter_set_id uuid,
  signature app.sha256_hex not null,
  language app.language not null,
  name text check (btrim(name) <> ''),
  version int not null default 1 check (version >= 1),
  hash app.sha256_hex not null,
  config app.object not null,
  inputs app.object not null,
  prompt text not null check (prompt <> ''),
  created_at timestamptz not null default now(),
  primary key (org_id, id),
  foreign key (module_id, module_version) references public.module_versions (module_id, semver) on delete restrict,
  foreign key (org_id, project_id) references public.projects on delete set null (project_id),
  foreign key (org_id, parameter_set_id) references public.parameter_sets on delete set null (parameter_set_id),
  check (name is not null or version = 1));
create unique index prompt_history_version_key on public.prompt_history (org_id, module_id, name, project_id, version)
  nulls not distinct where name is not null;
create index prompt_history_project_idx on public.prompt_history (org_id, project_id, id) where project_id is not null;

alter table public.parameter_sets enable row level security;
alter table public.parameter_sets force row level security;
create policy server on public.parameter_sets to promptforge_web
  using (org_id = (select app.current_org())) with check (org_id = (select app.current_org()));
create policy members_read on public.parameter_sets for select to authenticated
  using (org_id = any ((select app.my_orgs())::uuid[]));
grant select, insert, delete on public.parameter_sets to promptforge_web;
grant select on public.parameter_sets to authenticated;

alter table public.prompt_history enable row level security;
alter table public.prompt_history force row level security;
create policy server on public.prompt_history to promptforge_web
  using (org_id = (select app.current_org())) with check (org_id = (select app.current_org()));
create policy members_read on public.prompt_history for select to authenticated
  using (org_id = any ((select app.my_orgs())::uuid[]));
grant select, insert, delete, update (name, project_id, version) on public.prompt_history to promptforge_web;
grant select on public.prompt_history to authenticated;
