-- When a node last began to look through an org, so that of all nodes one does it a day.
alter table public.retention_marks add column visited_at timestamptz;
grant update (visited_at) on public.retention_marks to promptforge_web;
