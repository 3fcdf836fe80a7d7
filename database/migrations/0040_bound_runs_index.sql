-- When an org goes, each of its runs is looked for among the records that are bound to it.
create index idempotency_records_run_idx on public.idempotency_records (org_id, run_id) where run_id is not null;
