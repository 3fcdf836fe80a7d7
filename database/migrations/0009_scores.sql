create type public.score_verdict_t as enum ('pass', 'partial_pass', 'fail');
create domain app.score as smallint check (value between 0 and 100);

create table public.prompt_scores (
  org_id uuid not null,
  run_id uuid not null,
  attempt smallint not null default 1 check (attempt >= 1),
  evaluator text not null check (evaluator in ('rubric', 'judge')),
  clarity app.score not null,
  execution app.score not null,
  ambiguity app.score not null,
  alignment app.score not null,
  business_fit app.score not null,
  total app.score not null,
  verdict score_verdict_t not null,
  inconclusive boolean not null default false,
  threshold_clarity app.score not null,
  threshold_execution app.score not null,
  threshold_ambiguity app.score not null,
  threshold_alignment app.score not null,
  threshold_business_fit app.score not null,
  threshold_total app.score not null check (threshold_total >= 80),
  feedback app.object not null default '{}',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (org_id, run_id),
  foreign key (org_id, run_id) references public.runs on delete cascade,
  constraint prompt_scores_gate_check check (verdict = 'fail' or (total >= threshold_total and not inconclusive)));

create table public.score_attempts (
  org_id uuid not null,
  run_id uuid not null,
  attempt smallint not null check (attempt >= 1),
  evaluator text not null check (evaluator in ('rubric', 'judge')),
  clarity app.score not null,
  execution app.score not null,
  ambiguity app.score not null,
  alignment app.score not null,
  business_fit app.score not null,
  total app.score not null,
  verdict score_verdict_t not null,
  inconclusive boolean not null default false,
  spread smallint check (spread between 0 and 100),
  answers smallint not null default 1 check (answers >= 1),
  model text,
  strategy text check (strategy in ('tighten', 'expand_steps', 'optimize_enterprise', 'crisis_mode')),
  text_hash app.sha256_hex,
  text text,
  feedback app.object not null default '{}',
  created_at timestamptz not null default now(),
  primary key (org_id, run_id, attempt, evaluator),
  foreign key (org_id, run_id) references public.runs on delete cascade,
  constraint score_attempts_gate_check check (verdict = 'fail' or (total >= 80 and not inconclusive)),
  check (attempt > 1 or strategy is null));

create trigger set_updated_at before update on public.prompt_scores for each row execute function app.set_updated_at();

alter table public.prompt_scores enable row level security;
alter table public.prompt_scores force row level security;
create policy server on public.prompt_scores to promptforge_web
  using (org_id = (select app.current_org())) with check (org_id = (select app.current_org()));
create policy members_read on public.prompt_scores for select to authenticated
  using (org_id = any ((select app.my_orgs())::uuid[]));
grant select, insert, update, delete on public.prompt_scores to promptforge_web;
grant select on public.prompt_scores to authenticated;

alter table public.score_attempts enable row level security;
alter table public.score_attempts force row level security;
create policy server on public.score_attempts to promptforge_web
  using (org_id = (select app.current_org())) with check (org_id = (select app.current_org()));
create policy members_read on public.score_attempts for select to authenticated
  using (org_id = any ((select app.my_orgs())::uuid[]));
grant select, insert, delete on public.score_attempts to promptforge_web;
grant select on public.score_attempts to authenticated;
