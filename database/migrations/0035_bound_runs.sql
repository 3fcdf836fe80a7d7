-- The run that a request with an idempotency key has made, written with the run itself: whoever asks again after a crash is answered from it.
alter table public.idempotency_records
  add column run_id uuid,
  add foreign key (org_id, run_id) references public.runs on delete set null (run_id);
grant update (run_id) on public.idempotency_records to promptforge_web;
