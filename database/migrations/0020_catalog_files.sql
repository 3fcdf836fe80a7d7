-- The catalogue's files that have a version and no table of their own: the prompt standards, the models with their prices.
create table public.catalog_files (
  name text not null check (name ~ '^[a-z0-9_]+(/[a-z0-9_]+)*[.]ya?ml$'),
  version app.semver not null,
  content_hash app.sha256_hex not null,
  registered_at timestamptz not null default now(),
  primary key (name, version));

create trigger catalog_files_immutable before update on public.catalog_files for each row execute function app.refuse_change();

alter table public.catalog_files enable row level security;
alter table public.catalog_files force row level security;
create policy everybody_reads on public.catalog_files for select to promptforge_web, authenticated using (true);
create policy catalogue_sync on public.catalog_files to promptforge_web
  using ((select app.current_org()) is null) with check ((select app.current_org()) is null);
grant select, insert on public.catalog_files to promptforge_web;
grant select on public.catalog_files to authenticated;
