-- Serves the filter by action, newest first.
create index audit_log_action_idx on public.audit_log (org_id, action, id);

-- What outlives a deleted org says what happened and when, and names nobody. Not even the owner of the schema can touch the entries of an org that exists.
create policy of_orgs_that_are_gone on public.audit_log to promptforge_owner
  using (not exists (select from public.orgs o where o.id = org_id)) with check (not exists (select from public.orgs o where o.id = org_id));
create function app.forget_people_in_audit() returns void
language sql security definer set search_path = ''
as $$
  update public.audit_log
     set actor_id = null, api_key_id = null, ip = null, details = '{}', target_id = case when target_type = 'org' then target_id end
   where org_id = app.current_org()
$$;
grant execute on function app.forget_people_in_audit() to promptforge_web;
