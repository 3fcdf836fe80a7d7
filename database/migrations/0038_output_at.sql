-- Since when a run's output is what it is, where a repair has taken the place of the first one: what was exported before holds another text.
alter table public.runs add column output_at timestamptz;
grant update (output_at) on public.runs to promptforge_web;

alter table public.runs no force row level security;
alter table public.score_attempts no force row level security;
-- A repair that is not used keeps its text; the first one was made while the run was.
update public.runs r set output_at = repaired.at
  from (select a.org_id, a.run_id, max(a.created_at) as at from public.score_attempts a where a.strategy is not null and a.text is null group by a.org_id, a.run_id) repaired
 where repaired.org_id = r.org_id and repaired.run_id = r.id and r.output is not null and repaired.at > r.finished_at;
alter table public.score_attempts force row level security;
alter table public.runs force row level security;
