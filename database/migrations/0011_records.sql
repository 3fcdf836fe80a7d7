-- Outlives the org, so it has no foreign key to it; names nobody once the user is gone.
create table public.audit_log (
  org_id uuid not null,
  id uuid not null,
  actor_kind text not null check (actor_kind in ('user', 'api_key', 'system')),
  actor_id uuid references auth.users on delete set null,
  action text not null check (action ~ '^[a-z_]+(\.[a-z_]+)+$'),
  target_type text,
  target_id text,
  details app.object not null default '{}',
  created_at timestamptz not null default now(),
  primary key (org_id, id));
create index audit_log_actor_idx on public.audit_log (actor_id) where actor_id is not null;

create table public.idempotency_records (
  org_id uuid not null references public.orgs on delete cascade,
  key text not null check (char_length(key) between 1 and 255),
  route text not null,
  request_hash app.sha256_hex not null,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null default now() + interval '24 hours',
  status_code smallint check (status_code between 100 and 599),
  content_type text,
  response bytea,
  primary key (org_id, key),
  check (status_code is not null or response is null));

alter table public.audit_log enable row level security;
alter table public.audit_log force row level security;
create policy server on public.audit_log to promptforge_web
  using (org_id = (select app.current_org())) with check (org_id = (select app.current_org()));
create policy admins_read on public.audit_log for select to authenticated
  using (org_id = any ((select app.my_orgs('{owner,admin}'))::uuid[]));
grant select, insert on public.audit_log to promptforge_web;
grant select on public.audit_log to authenticated;

alter table public.idempotency_records enable row level security;
alter table public.idempotency_records force row level security;
create policy server on public.idempotency_records to promptforge_web
  using (org_id = (select app.current_org())) with check (org_id = (select app.current_org()));
grant select, insert, delete, update (status_code, content_type, response) on public.idempotency_records to promptforge_web;
