-- Until here promptforge_web could write the catalogue while no org was set. Sign-in and look-ups run like that too, so what writes it is a role of its own.
grant usage on schema app to promptforge_catalog;
grant execute on function app.semver_key(app.semver), app.semver_step(app.semver, app.semver), app.is_vectors(smallint[]), app.is_modules(text[]),
  app.is_plan_flags(jsonb), app.is_flag(text) to promptforge_catalog;

do $policies$
declare
  t text;
begin
  foreach t in array array['plans', 'modules', 'module_versions', 'industries', 'domain_configs', 'packs', 'ruleset_versions', 'ruleset_current', 'catalog_files'] loop
    execute format('drop policy catalogue_sync on public.%I', t);
    execute format('create policy catalogue_sync on public.%I to promptforge_catalog using (true) with check (true)', t);
    execute format('revoke insert, update, delete on public.%I from promptforge_web', t);
  end loop;
end $policies$;

drop policy staff_adds on public.module_migrations;
drop policy staff_changes_until_applied on public.module_migrations;
create policy catalogue_reads on public.module_migrations for select to promptforge_catalog using (true);
create policy catalogue_adds on public.module_migrations for insert to promptforge_catalog with check (true);
create policy catalogue_changes_until_applied on public.module_migrations for update to promptforge_catalog
  using (status <> 'applied') with check (true);
revoke insert, update on public.module_migrations from promptforge_web;

grant select, insert, update on public.plans, public.modules, public.industries, public.domain_configs, public.packs, public.ruleset_current to promptforge_catalog;
grant select, insert on public.module_versions, public.module_migrations, public.ruleset_versions, public.catalog_files to promptforge_catalog;
grant update (enabled) on public.module_versions to promptforge_catalog;
grant update (status, description, applied_by, applied_at, dry_run_result, apply_result, meta) on public.module_migrations to promptforge_catalog;
