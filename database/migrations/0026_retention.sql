-- How far the texts of an org's runs and the objects of its bundles have been deleted. Ids sort by time, so what lies before is not looked at again.
create table public.retention_marks (
  org_id uuid primary key references public.orgs on delete cascade,
  runs_until uuid not null default '00000000-0000-0000-0000-000000000000',
  bundles_until uuid not null default '00000000-0000-0000-0000-000000000000');

alter table public.retention_marks enable row level security;
alter table public.retention_marks force row level security;
create policy server on public.retention_marks to promptforge_web
  using (org_id = (select app.current_org())) with check (org_id = (select app.current_org()));
grant select, insert, update (runs_until, bundles_until) on public.retention_marks to promptforge_web;

-- The row of a bundle says for good what was sold, by its checksum and its files' hashes; the object itself is deleted after the plan's term.
alter table public.bundles add column purged_at timestamptz;
grant update (purged_at) on public.bundles to promptforge_web;

-- Feedback quotes the text that was scored, so it goes with it.
grant update (feedback) on public.score_attempts to promptforge_web;
