create function app.is_bundle(formats text[], paths jsonb) returns boolean
language sql immutable parallel safe
return coalesce(
  array_ndims(formats) = 1
  and formats <@ array['txt', 'md', 'json', 'pdf', 'zip', 'telemetry', 'manifest']
  and (select count(distinct f) = cardinality(formats) from unnest(formats) f)
  and jsonb_typeof(paths) = 'object'
  and paths ? 'manifest.json' and paths ? 'checksum.sha256'
  and (select bool_and(name ~ '^(prompt\.(txt|json|md|pdf)|telemetry\.json|manifest\.json|checksum\.sha256|manifest\.sig|bundle-M[0-9]{2}-[0-9a-f]{12}\.zip)$'
                       and jsonb_typeof(path) = 'string' and path <> '""')
         from jsonb_each(paths) as file(name, path))
  and ('txt' = any (formats)) = (paths ? 'prompt.txt')
  and ('md' = any (formats)) = (paths ? 'prompt.md')
  and ('json' = any (formats)) = (paths ? 'prompt.json')
  and ('pdf' = any (formats)) = (paths ? 'prompt.pdf')
  and (not paths ? 'telemetry.json' or formats && array['json', 'telemetry'])
  and ('zip' = any (formats)) = jsonb_path_exists(paths, '$.keyvalue() ? (@.key starts with "bundle-")'), false);
grant execute on function app.is_bundle(text[], jsonb) to promptforge_web;

create table public.bundles (
  org_id uuid not null,
  id uuid not null,
  run_id uuid not null,
  formats text[] not null,
  paths app.object not null,
  files app.list not null default '[]',
  checksum text not null check (checksum ~ '^sha256:[0-9a-f]{64}$'),
  version app.semver not null,
  license_notice text not null check (btrim(license_notice) <> ''),
  visibility text not null default 'internal' check (visibility in ('internal', 'public')),
  key_id text,
  exported_by uuid references auth.users on delete set null,
  exported_at timestamptz not null default now(),
  primary key (org_id, id),
  constraint bundles_content_key unique (org_id, run_id, checksum),
  foreign key (org_id) references public.orgs on delete cascade,
  -- A run that was sold stays; only its whole org takes it along.
  foreign key (org_id, run_id) references public.runs,
  constraint bundles_files_check check (app.is_bundle(formats, paths)));

create table public.org_branding (
  org_id uuid primary key references public.orgs on delete cascade,
  brand_name text check (btrim(brand_name) <> ''),
  logo_key text,
  favicon_key text,
  primary_color text check (primary_color ~ '^#[0-9a-f]{6}$'),
  accent_color text check (accent_color ~ '^#[0-9a-f]{6}$'),
  pdf_header text,
  pdf_footer text,
  watermark text,
  license_notice text check (btrim(license_notice) <> ''),
  custom_domain text check (custom_domain ~ '^[a-z0-9-]+(\.[a-z0-9-]+)+$'),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint org_branding_custom_domain_key unique (custom_domain));

create table public.bundle_templates (
  org_id uuid not null references public.orgs on delete cascade,
  id uuid not null,
  name text not null check (btrim(name) <> ''),
  version int not null check (version >= 1),
  format text not null check (format in ('md', 'pdf')),
  layout app.object not null,
  created_by uuid references auth.users on delete set null,
  created_at timestamptz not null default now(),
  archived_at timestamptz,
  primary key (org_id, id),
  constraint bundle_templates_version_key unique (org_id, name, format, version));

create trigger set_updated_at before update on public.org_branding for each row execute function app.set_updated_at();

alter table public.bundles enable row level security;
alter table public.bundles force row level security;
create policy server on public.bundles to promptforge_web
  using (org_id = (select app.current_org())) with check (org_id = (select app.current_org()));
create policy members_read on public.bundles for select to authenticated
  using (org_id = any ((select app.my_orgs())::uuid[]));
grant select, insert, delete, update (visibility) on public.bundles to promptforge_web;
grant select on public.bundles to authenticated;

alter table public.org_branding enable row level security;
alter table public.org_branding force row level security;
create policy server on public.org_branding to promptforge_web
  using (org_id = (select app.current_org())) with check (org_id = (select app.current_org()));
create policy members_read on public.org_branding for select to authenticated
  using (org_id = any ((select app.my_orgs())::uuid[]));
grant select, insert, update, delete on public.org_branding to promptforge_web;
grant select on public.org_branding to authenticated;

alter table public.bundle_templates enable row level security;
alter table public.bundle_templates force row level security;
create policy server on public.bundle_templates to promptforge_web
  using (org_id = (select app.current_org())) with check (org_id = (select app.current_org()));
create policy members_read on public.bundle_templates for select to authenticated
  using (org_id = any ((select app.my_orgs())::uuid[]));
grant select, insert, delete, update (archived_at) on public.bundle_templates to promptforge_web;
grant select on public.bundle_templates to authenticated;

create view public.v_run_bundles with (security_invoker = true) as
  select org_id, run_id, id as bundle_id, formats, checksum, version, license_notice, visibility, exported_at
    from public.bundles;

create view public.v_project_bundles with (security_invoker = true) as
  select b.org_id, r.project_id, p.slug as project_slug, r.module_id, b.run_id, b.id as bundle_id, b.formats, b.checksum, b.version, b.exported_at
    from public.bundles b
    join public.runs r on r.org_id = b.org_id and r.id = b.run_id
    join public.projects p on p.org_id = r.org_id and p.id = r.project_id;

grant select on public.v_run_bundles, public.v_project_bundles to promptforge_web, authenticated;
