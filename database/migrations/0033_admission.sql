-- Stands in front of the runs that a transaction is about to insert: raises unless all of them have room. Until that transaction is over the org's other admissions wait, so no two see the
-- same last place. A run whose lease is over holds none: its node died, and whoever takes it over works on it beside the others. Runs that are there already were admitted when they came,
-- so that a write whose answer was lost can be sent again. The constraint names the limit, the hint says in how many seconds there is room again.
create function app.admit_runs(of_org uuid, ids uuid[], live boolean[], at_once int, live_per_hour int, live_per_month int) returns void
language plpgsql volatile set search_path = ''
as $$
declare
  fresh int;
  fresh_live int;
  rule record;
  oldest uuid;
begin
  perform pg_advisory_xact_lock(hashtextextended(of_org::text, 20));
  select count(*), count(*) filter (where n.live) into fresh, fresh_live
    from unnest(ids, live) n (id, live) where not exists (select from public.runs r where r.org_id = of_org and r.id = n.id);
  for rule in select * from (values ('live_runs_per_hour', interval '1 hour', live_per_hour), ('live_runs_per_month', interval '30 days', live_per_month)) w (name, span, most) where fresh_live > 0 loop
    if fresh_live > rule.most then
      raise exception 'no room' using errcode = 'PF002', constraint = rule.name, hint = extract(epoch from rule.span)::int::text;
    end if;
    -- The run that has to leave the window before the newest one fits in.
    select r.id into oldest from public.runs r
      where r.org_id = of_org and r.type <> 'generation' and not r.simulated and r.id >= app.uuid_from(now() - rule.span)
      order by r.id desc offset rule.most - fresh_live limit 1;
    if found then
      raise exception 'no room' using errcode = 'PF002', constraint = rule.name,
        hint = ceil(('x' || translate(left(oldest::text, 13), '-', ''))::bit(48)::bigint / 1000.0 + extract(epoch from rule.span) - extract(epoch from now()))::int::text;
    end if;
  end loop;
  if fresh > 0 and fresh + (select count(*) from public.runs r where r.org_id = of_org and (r.status = 'queued' or (r.status = 'running' and r.lease_until > now()))) > at_once then
    raise exception 'no room' using errcode = 'PF002', constraint = 'concurrent_runs', hint = '5';
  end if;
end $$;
grant execute on function app.admit_runs(uuid, uuid[], boolean[], int, int, int) to promptforge_web;
