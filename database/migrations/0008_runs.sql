create type public.run_type_t as enum ('generation', 'test', 'agent');
create type public.run_status_t as enum ('queued', 'running', 'success', 'error', 'timeout', 'canceled');

-- References between tables of one org are "no action" where they forbid a deletion: "restrict" would also stop the cascade
-- that deletes the whole org.
create table public.runs (
  org_id uuid not null references public.orgs on delete cascade,
  id uuid not null,
  project_id uuid,
  module_id app.module_id not null,
  module_version app.semver not null,
  ruleset_version app.semver not null,
  parameter_set_id uuid not null,
  signature app.sha256_hex not null,
  prompt_id uuid,
  type run_type_t not null,
  status run_status_t not null,
  language app.language not null,
  model text not null check (model <> ''),
  provider text,
  simulated boolean not null default false,
  tokens_in int not null default 0 check (tokens_in >= 0),
  tokens_out int not null default 0 check (tokens_out >= 0),
  cost_usd numeric(14, 6) check (cost_usd >= 0),
  cost_reserved_usd numeric(14, 6) not null default 0 check (cost_reserved_usd >= 0),
  duration_ms bigint not null default 0 check (duration_ms >= 0),
  output text,
  telemetry app.object not null default '{}',
  dor app.object,
  dod app.object,
  error_code text check (error_code ~ '^[A-Z0-9][A-Z0-9_]{0,63}$'),
  attempt int not null default 0 check (attempt >= 0),
  lease_owner text,
  lease_until timestamptz,
  fencing_token bigint not null default 0,
  created_by uuid references auth.users on delete set null,
  api_key_id uuid,
  created_at timestamptz not null default now(),
  started_at timestamptz not null default now(),
  finished_at timestamptz,
  updated_at timestamptz not null default now(),
  primary key (org_id, id),
  foreign key (module_id, module_version) references public.module_versions (module_id, semver) on delete restrict,
  foreign key (org_id, project_id) references public.projects on delete set null (project_id),
  foreign key (org_id, parameter_set_id) references public.parameter_sets,
  foreign key (org_id, prompt_id) references public.prompt_history on delete set null (prompt_id),
  foreign key (org_id, api_key_id) references public.api_keys on delete set null (api_key_id),
  constraint runs_finished_check check ((status in ('queued', 'running')) = (finished_at is null)),
  constraint runs_lease_check check ((status = 'running') = (lease_until is not null) and (lease_until is null) = (lease_owner is null)),
  constraint runs_error_check check (error_code is null or status in ('error', 'timeout', 'canceled')),
  constraint runs_time_check check (finished_at >= started_at));
create index runs_waiting_idx on public.runs (id) where status in ('queued', 'running');
create index runs_prompt_idx on public.runs (org_id, prompt_id) where prompt_id is not null;
create index runs_project_idx on public.runs (org_id, project_id, id) where project_id is not null;

create table public.run_steps (
  org_id uuid not null,
  run_id uuid not null,
  seq smallint not null check (seq >= 1),
  name text not null check (btrim(name) <> ''),
  status run_status_t not null,
  fencing_token bigint not null,
  request_hash app.sha256_hex,
  prompt text,
  output text,
  model text,
  tokens_in int not null default 0 check (tokens_in >= 0),
  tokens_out int not null default 0 check (tokens_out >= 0),
  cost_usd numeric(14, 6) check (cost_usd >= 0),
  duration_ms bigint not null default 0 check (duration_ms >= 0),
  telemetry app.object not null default '{}',
  error_code text check (error_code ~ '^[A-Z0-9][A-Z0-9_]{0,63}$'),
  started_at timestamptz not null default now(),
  finished_at timestamptz,
  primary key (org_id, run_id, seq),
  foreign key (org_id, run_id) references public.runs on delete cascade,
  check ((status in ('queued', 'running')) = (finished_at is null)));

create table public.ruleset_overrides_log (
  org_id uuid not null,
  id uuid not null,
  run_id uuid not null,
  ruleset_version app.semver not null references public.ruleset_versions (version) on delete restrict,
  overrides app.object not null check (overrides <> '{}'::jsonb),
  created_at timestamptz not null default now(),
  primary key (org_id, id),
  foreign key (org_id, run_id) references public.runs on delete cascade);
create index ruleset_overrides_log_run_idx on public.ruleset_overrides_log (org_id, run_id);

create trigger set_updated_at before update on public.runs for each row execute function app.set_updated_at();

alter table public.runs enable row level security;
alter table public.runs force row level security;
create policy server on public.runs to promptforge_web
  using (org_id = (select app.current_org())) with check (org_id = (select app.current_org()));
create policy definer_finds on public.runs for select to promptforge_owner using (status in ('queued', 'running'));
create policy definer_claims on public.runs for update to promptforge_owner
  using (status in ('queued', 'running')) with check (status = 'running');
create policy members_read on public.runs for select to authenticated
  using (org_id = any ((select app.my_orgs())::uuid[]));
grant select, insert, delete,
  update (project_id, prompt_id, status, model, provider, simulated, tokens_in, tokens_out, cost_usd, cost_reserved_usd, duration_ms, output,
          telemetry, dor, dod, error_code, attempt, lease_owner, lease_until, fencing_token, started_at, finished_at)
  on public.runs to promptforge_web;
grant select on public.runs to authenticated;

alter table public.run_steps enable row level security;
alter table public.run_steps force row level security;
create policy server on public.run_steps to promptforge_web
  using (org_id = (select app.current_org())) with check (org_id = (select app.current_org()));
create policy members_read on public.run_steps for select to authenticated
  using (org_id = any ((select app.my_orgs())::uuid[]));
grant select, insert, update, delete on public.run_steps to promptforge_web;
grant select on public.run_steps to authenticated;

alter table public.ruleset_overrides_log enable row level security;
alter table public.ruleset_overrides_log force row level security;
create policy server on public.ruleset_overrides_log to promptforge_web
  using (org_id = (select app.current_org())) with check (org_id = (select app.current_org()));
create policy members_read on public.ruleset_overrides_log for select to authenticated
  using (org_id = any ((select app.my_orgs())::uuid[]));
grant select, insert, delete on public.ruleset_overrides_log to promptforge_web;
grant select on public.ruleset_overrides_log to authenticated;

-- Hands out where there is work, and nothing of it; the worker then goes through the door of that org.
create function app.claim_run(worker text, lease interval)
returns table (org_id uuid, run_id uuid, fencing_token bigint, attempt int)
language sql volatile security definer set search_path = ''
as $$
  update public.runs r
     set status = 'running', lease_owner = worker, lease_until = now() + lease,
         fencing_token = r.fencing_token + 1, attempt = r.attempt + 1,
         started_at = case r.status when 'queued' then now() else r.started_at end
    from (select q.org_id, q.id from public.runs q
           where q.status in ('queued', 'running') and (q.status = 'queued' or q.lease_until < now())
           order by q.id limit 1 for update skip locked) due
   where r.org_id = due.org_id and r.id = due.id
  returning r.org_id, r.id, r.fencing_token, r.attempt
$$;
grant execute on function app.claim_run(text, interval) to promptforge_web;

create view public.v_ruleset_overrides_recent with (security_invoker = true) as
  select org_id, id, run_id, ruleset_version, overrides, created_at
    from public.ruleset_overrides_log
   where created_at > now() - interval '30 days';
grant select on public.v_ruleset_overrides_recent to promptforge_web, authenticated;
