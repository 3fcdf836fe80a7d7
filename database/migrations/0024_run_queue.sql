create trigger tell_project after insert or update or delete on public.projects for each row execute function app.tell_change('project', 'org_id');

-- What a run needs beside its prompt to be executed, or exported, later: the formats, and what was masked; null where there is nothing to say.
alter table public.runs add column request app.object;

-- Wakes the workers, and whoever follows the run.
create trigger tell_queued after insert on public.runs for each row when (new.status = 'queued') execute function app.tell_change('queued', 'id');
create trigger tell_run after update of status on public.runs for each row when (old.status is distinct from new.status) execute function app.tell_change('run', 'id');

-- Stands in front of what a worker stores: raises unless the run is still its own. A run that ended by the same token is its own too, so that a write whose answer was lost
-- can be sent again.
create function app.hold_run(of_org uuid, of_run uuid, worker text, token bigint) returns void
language plpgsql volatile set search_path = ''
as $$
begin
  perform from public.runs r
    where r.org_id = of_org and r.id = of_run and r.fencing_token = token
      and (r.status = 'success' or (r.status = 'running' and r.lease_owner = worker))
    for update;
  if not found then
    raise exception 'run lost' using errcode = 'PF001';
  end if;
end $$;
grant execute on function app.hold_run(uuid, uuid, text, bigint) to promptforge_web;

-- The text of an attempt is kept when a repaired one takes its place as the run's output.
grant update (text) on public.score_attempts to promptforge_web;
