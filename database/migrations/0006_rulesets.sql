create table public.ruleset_versions (
  id uuid primary key,
  version app.semver not null,
  checksum app.sha256_hex not null,
  content text not null,
  meta app.object,
  applied_at timestamptz not null default now(),
  created_by uuid references auth.users on delete set null,
  constraint ruleset_versions_version_key unique (version));

create table public.ruleset_current (
  id smallint primary key default 1 check (id = 1),
  version app.semver not null references public.ruleset_versions (version) on delete restrict,
  switched_at timestamptz not null default now());

create trigger ruleset_versions_immutable before update on public.ruleset_versions for each row
  when (to_jsonb(old) - 'created_by' is distinct from to_jsonb(new) - 'created_by')
  execute function app.refuse_change();

alter table public.ruleset_versions enable row level security;
alter table public.ruleset_versions force row level security;
create policy everybody_reads on public.ruleset_versions for select to promptforge_web, authenticated, anon using (true);
create policy catalogue_sync on public.ruleset_versions to promptforge_web
  using ((select app.current_org()) is null) with check ((select app.current_org()) is null);
grant select, insert on public.ruleset_versions to promptforge_web;
grant select on public.ruleset_versions to authenticated;
grant select (version, checksum, applied_at) on public.ruleset_versions to anon;

alter table public.ruleset_current enable row level security;
alter table public.ruleset_current force row level security;
create policy everybody_reads on public.ruleset_current for select to promptforge_web, authenticated, anon using (true);
create policy catalogue_sync on public.ruleset_current to promptforge_web
  using ((select app.current_org()) is null) with check ((select app.current_org()) is null);
grant select, insert, update on public.ruleset_current to promptforge_web;
grant select on public.ruleset_current to authenticated, anon;

create view public.v_ruleset_current with (security_invoker = true) as
  select v.version, v.checksum, v.applied_at, c.switched_at
    from public.ruleset_current c join public.ruleset_versions v on v.version = c.version;
grant select on public.v_ruleset_current to promptforge_web, authenticated, anon;
