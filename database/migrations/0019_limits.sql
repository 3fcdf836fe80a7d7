-- Of the calls booked on a second, those that a node took ahead of demand and may yet give back.
alter table public.api_key_buckets add column held int not null default 0 check (held between 0 and calls);

-- Live runs are counted before one is admitted: the last hour's, the last month's, and those that are not finished.
create index runs_live_idx on public.runs (org_id, id) where type <> 'generation' and not simulated;
create index runs_unfinished_idx on public.runs (org_id, id) where status in ('queued', 'running');
