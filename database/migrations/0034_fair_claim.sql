-- Gives the next run to the org with the fewest at work, among those to the one that has waited longest, so that nobody's queue stands in front of everybody's. The orgs with work are found
-- one index step each, however long their queues are.
create or replace function app.claim_run(worker text, lease interval)
returns table (org_id uuid, run_id uuid, fencing_token bigint, attempt int)
language plpgsql volatile security definer set search_path = ''
as $$
declare
  next_org uuid;
begin
  for next_org in
    with recursive orgs (id) as (
      (select r.org_id from public.runs r where r.status in ('queued', 'running') order by r.org_id limit 1)
      union all
      select (select r.org_id from public.runs r where r.status in ('queued', 'running') and r.org_id > o.id order by r.org_id limit 1) from orgs o where o.id is not null)
    select o.id from orgs o
      cross join lateral (select r.id from public.runs r
                           where r.org_id = o.id and r.status in ('queued', 'running') and (r.status = 'queued' or r.lease_until < now()) order by r.id limit 1) oldest
     order by (select count(*) from public.runs r where r.org_id = o.id and r.status = 'running' and r.lease_until >= now()), oldest.id
  loop
    return query
      update public.runs r
         set status = 'running', lease_owner = worker, lease_until = now() + lease, fencing_token = r.fencing_token + 1, attempt = r.attempt + 1,
             started_at = case r.status when 'queued' then now() else r.started_at end
        from (select q.org_id, q.id from public.runs q
               where q.org_id = next_org and q.status in ('queued', 'running') and (q.status = 'queued' or q.lease_until < now())
               order by q.id limit 1 for update skip locked) due
       where r.org_id = due.org_id and r.id = due.id
      returning r.org_id, r.id, r.fencing_token, r.attempt;
    if found then
      return;
    end if;
  end loop;
end $$;

-- Nobody asks for the oldest run of all orgs any more.
drop index public.runs_waiting_idx;
