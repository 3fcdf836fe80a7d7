create type public.plan_code_t as enum ('pilot', 'pro', 'enterprise');
create type public.subscription_status_t as enum
  ('trialing', 'active', 'past_due', 'canceled', 'unpaid', 'incomplete', 'incomplete_expired', 'paused');
create type public.entitlement_source as enum ('plan', 'addon', 'pack', 'license', 'manual');
create type public.addon_status_t as enum ('active', 'trialing', 'past_due', 'canceled', 'unpaid', 'paused');

create function app.is_plan_flags(flags jsonb) returns boolean
language sql immutable parallel safe
return coalesce(
  jsonb_typeof(flags) = 'object'
  and (select count(*) = 11 and bool_and(jsonb_typeof(flags -> key) = 'boolean')
         from jsonb_object_keys(flags) key
        where key <> 'allowedModules')
  and flags ?& array['canUseAllModules', 'canExportMD', 'canExportPDF', 'canExportJSON', 'canUseGptTestReal', 'hasCloudHistory',
                     'hasEvaluatorAI', 'hasAPI', 'hasWhiteLabel', 'canExportBundleZip', 'hasSeatsGT1']
  and case jsonb_typeof(flags -> 'allowedModules')
        when 'string' then flags ->> 'allowedModules' = 'ALL'
        when 'array' then jsonb_array_length(flags -> 'allowedModules') > 0
          and not jsonb_path_exists(flags, '$.allowedModules[*] ? (@.type() != "string" || !(@ like_regex "^M(0[1-9]|[1-4][0-9]|50)$"))')
        else false
      end, false);

create function app.is_flag(flag text) returns boolean
language sql immutable parallel safe
return flag in ('canUseAllModules', 'canExportMD', 'canExportPDF', 'canExportJSON', 'canUseGptTestReal', 'hasCloudHistory',
                'hasEvaluatorAI', 'hasAPI', 'hasWhiteLabel', 'canExportBundleZip', 'hasSeatsGT1', 'hasExportDesigner')
  or flag ~ '^industryPack_[a-z0-9_]+$';

grant execute on function app.is_plan_flags(jsonb), app.is_flag(text) to promptforge_web;

create table public.plans (
  code plan_code_t primary key,
  name text not null check (btrim(name) <> ''),
  flags jsonb not null check (app.is_plan_flags(flags)),
  retention_days int not null check (retention_days > 0),
  live_runs_per_hour int not null check (live_runs_per_hour >= 0),
  live_runs_per_month int not null check (live_runs_per_month >= 0),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now());

create table public.subscriptions (
  org_id uuid not null references public.orgs on delete cascade,
  id uuid not null,
  stripe_customer_id text,
  plan_code plan_code_t not null references public.plans on delete restrict,
  status subscription_status_t not null,
  seats int not null default 1 check (seats >= 1),
  stripe_subscription_id text,
  trial_end timestamptz,
  current_period_end timestamptz,
  past_due_since timestamptz,
  cancel_at_period_end boolean not null default false,
  stripe_event_created timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (org_id, id),
  constraint subscriptions_stripe_subscription_id_key unique (stripe_subscription_id),
  foreign key (org_id, stripe_customer_id) references public.orgs (id, stripe_customer_id) on update cascade on delete cascade,
  check (status <> 'past_due' or past_due_since is not null));
create unique index subscriptions_live_key on public.subscriptions (org_id) where status in ('trialing', 'active', 'past_due');

create table public.entitlements (
  org_id uuid not null references public.orgs on delete cascade,
  id uuid not null,
  user_id uuid,
  flag text not null check (app.is_flag(flag)),
  value boolean not null default false,
  source entitlement_source not null,
  source_ref text not null default '',
  meta app.object,
  expires_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (org_id, id),
  constraint entitlements_source_key unique nulls not distinct (org_id, user_id, flag, source, source_ref),
  foreign key (org_id, user_id) references public.org_members on delete cascade,
  -- Any source that grants a flag turns it on, so a row that says no would promise a denial that nobody applies.
  constraint entitlements_only_grant check (value));

create table public.user_addons (
  org_id uuid not null,
  user_id uuid not null,
  addon_code text not null check (addon_code in ('eval_ai_adv', 'export_designer')),
  status addon_status_t not null default 'active',
  stripe_price_id text,
  stripe_subscription_id text,
  stripe_subscription_item_id text,
  trial_end timestamptz,
  current_period_end timestamptz,
  expires_at timestamptz,
  stripe_event_created timestamptz,
  meta app.object,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (org_id, user_id, addon_code),
  constraint user_addons_stripe_subscription_item_id_key unique (stripe_subscription_item_id),
  foreign key (org_id, user_id) references public.org_members on delete cascade);

create table public.licences (
  org_id uuid not null references public.orgs on delete cascade,
  id uuid not null,
  serial text not null check (btrim(serial) <> ''),
  customer text not null,
  modules text[] not null default '{}',
  features text[] not null default '{}',
  seats int not null default 1 check (seats >= 1),
  issued_at timestamptz not null,
  expires_at timestamptz not null,
  key_id text not null,
  document text not null,
  imported_by uuid references auth.users on delete set null,
  imported_at timestamptz not null default now(),
  primary key (org_id, id),
  constraint licences_serial_key unique (serial),
  check (expires_at > issued_at));

-- The ledger of the webhook. The org is known only once the event has been read; until then no tenant sees it.
create table public.stripe_events (
  id text primary key,
  type text not null,
  event_created timestamptz not null,
  livemode boolean not null,
  stripe_customer_id text,
  resolved_org_id uuid references public.orgs on delete cascade,
  payload jsonb not null,
  received_at timestamptz not null default now(),
  processed_at timestamptz,
  outcome text check (outcome in ('applied', 'outdated', 'ignored')),
  attempts int not null default 0 check (attempts >= 0),
  next_attempt_at timestamptz not null default now(),
  last_error text,
  check ((processed_at is null) = (outcome is null)));
create index stripe_events_waiting_idx on public.stripe_events (next_attempt_at) where processed_at is null;
create index stripe_events_org_idx on public.stripe_events (resolved_org_id) where resolved_org_id is not null;

create trigger set_updated_at before update on public.plans for each row execute function app.set_updated_at();
create trigger set_updated_at before update on public.subscriptions for each row execute function app.set_updated_at();
create trigger set_updated_at before update on public.entitlements for each row execute function app.set_updated_at();
create trigger set_updated_at before update on public.user_addons for each row execute function app.set_updated_at();

alter table public.plans enable row level security;
alter table public.plans force row level security;
create policy everybody_reads on public.plans for select to promptforge_web, authenticated, anon using (true);
create policy catalogue_sync on public.plans to promptforge_web
  using ((select app.current_org()) is null) with check ((select app.current_org()) is null);
grant select, insert, update, delete on public.plans to promptforge_web;
grant select on public.plans to authenticated, anon;

alter table public.subscriptions enable row level security;
alter table public.subscriptions force row level security;
create policy server on public.subscriptions to promptforge_web
  using (org_id = (select app.current_org())) with check (org_id = (select app.current_org()));
create policy definer_reads on public.subscriptions for select to promptforge_owner using (true);
create policy members_read on public.subscriptions for select to authenticated
  using (org_id = any ((select app.my_orgs())::uuid[]));
grant select, insert, delete,
  update (plan_code, status, seats, stripe_customer_id, stripe_subscription_id, trial_end, current_period_end, past_due_since,
          cancel_at_period_end, stripe_event_created)
  on public.subscriptions to promptforge_web;
grant select (org_id, id, plan_code, status, seats, trial_end, current_period_end, past_due_since, cancel_at_period_end, created_at, updated_at)
  on public.subscriptions to authenticated;

alter table public.entitlements enable row level security;
alter table public.entitlements force row level security;
create policy server on public.entitlements to promptforge_web
  using (org_id = (select app.current_org())) with check (org_id = (select app.current_org()));
create policy definer_reads on public.entitlements for select to promptforge_owner using (true);
create policy members_read on public.entitlements for select to authenticated
  using (org_id = any ((select app.my_orgs())::uuid[]));
grant select, insert, delete, update (value, meta, expires_at) on public.entitlements to promptforge_web;
grant select on public.entitlements to authenticated;

alter table public.user_addons enable row level security;
alter table public.user_addons force row level security;
create policy server on public.user_addons to promptforge_web
  using (org_id = (select app.current_org())) with check (org_id = (select app.current_org()));
create policy members_read on public.user_addons for select to authenticated
  using (org_id = any ((select app.my_orgs())::uuid[]));
grant select, insert, delete,
  update (status, stripe_price_id, stripe_subscription_id, stripe_subscription_item_id, trial_end, current_period_end, expires_at,
          stripe_event_created, meta)
  on public.user_addons to promptforge_web;
grant select on public.user_addons to authenticated;

alter table public.licences enable row level security;
alter table public.licences force row level security;
create policy server on public.licences to promptforge_web
  using (org_id = (select app.current_org())) with check (org_id = (select app.current_org()));
create policy definer_reads on public.licences for select to promptforge_owner using (true);
create policy admins_read on public.licences for select to authenticated
  using (org_id = any ((select app.my_orgs('{owner,admin}'))::uuid[]));
grant select, insert, update, delete on public.licences to promptforge_web;
grant select on public.licences to authenticated;

alter table public.stripe_events enable row level security;
alter table public.stripe_events force row level security;
create policy server on public.stripe_events to promptforge_web
  using ((select app.current_org()) is null or resolved_org_id = (select app.current_org()))
  with check ((select app.current_org()) is null or resolved_org_id = (select app.current_org()));
grant select, insert, delete, update (resolved_org_id, processed_at, outcome, attempts, next_attempt_at, last_error)
  on public.stripe_events to promptforge_web;

create view public.v_plans with (security_invoker = true) as
  select code::text as code, name, retention_days, flags - 'allowedModules' as flags, flags -> 'allowedModules' as allowed_modules,
         live_runs_per_hour, live_runs_per_month
    from public.plans;

create view public.entitlements_effective_org with (security_invoker = true) as
  select org_id, flag, bool_or(value) as value,
         case when bool_or(expires_at is null) then null else max(expires_at) end as expires_at,
         min(expires_at) as first_expiry,
         jsonb_agg(jsonb_build_object('source', source, 'source_ref', source_ref, 'expires_at', expires_at, 'meta', meta)
                   order by source, source_ref) as sources
    from public.entitlements
   where user_id is null and (expires_at is null or expires_at > now())
   group by org_id, flag;

create view public.entitlements_effective_user with (security_invoker = true) as
  select m.org_id, m.user_id, e.flag, bool_or(e.value) as value,
         case when bool_or(e.expires_at is null) then null else max(e.expires_at) end as expires_at,
         min(e.expires_at) as first_expiry,
         jsonb_agg(jsonb_build_object('source', e.source, 'source_ref', e.source_ref, 'expires_at', e.expires_at, 'meta', e.meta)
                   order by e.source, e.source_ref) as sources
    from public.org_members m
    join public.entitlements e on e.org_id = m.org_id and (e.user_id is null or e.user_id = m.user_id)
   where e.expires_at is null or e.expires_at > now()
   group by m.org_id, m.user_id, e.flag;

create view public.v_user_addons_active with (security_invoker = true) as
  select org_id, user_id, addon_code, status, trial_end, current_period_end, expires_at, meta
    from public.user_addons
   where status in ('active', 'trialing') and (expires_at is null or expires_at > now());

grant select on public.v_plans to promptforge_web, authenticated, anon;
grant select on public.entitlements_effective_org, public.entitlements_effective_user, public.v_user_addons_active
  to promptforge_web, authenticated;

-- Seats are counted by the server; this holds them for those who write org_members without it.
create function app.has_free_seat(org uuid) returns boolean
language plpgsql security definer set search_path = ''
as $$
declare
  seats int := 1;
begin
  if not (org = any (app.my_orgs('{owner,admin}'))) then
    return false;
  end if;
  perform from public.orgs where id = org for no key update;
  if exists (select from public.entitlements e
              where e.org_id = org and e.user_id is null and e.flag = 'hasSeatsGT1' and (e.expires_at is null or e.expires_at > now())) then
    seats := greatest(1,
      (select max(s.seats) from public.subscriptions s where s.org_id = org and s.status in ('trialing', 'active', 'past_due')),
      (select max(l.seats) from public.licences l where l.org_id = org and l.expires_at > now()));
  end if;
  return seats > (select count(*) from public.org_members m where m.org_id = org)
               + (select count(*) from public.invitations i
                   where i.org_id = org and i.accepted_at is null and i.revoked_at is null and i.expires_at > now());
end $$;
grant execute on function app.has_free_seat(uuid) to authenticated;

create policy above_add on public.org_members for insert to authenticated
  with check ((org_id = any ((select app.my_orgs('{owner}'))::uuid[])
               or (org_id = any ((select app.my_orgs('{admin}'))::uuid[]) and role <> 'owner'))
              and app.has_free_seat(org_id));

create function app.stripe_customer_org(customer text) returns uuid
language sql stable security definer set search_path = ''
return (select o.id from public.orgs o where o.stripe_customer_id = customer);
grant execute on function app.stripe_customer_org(text) to promptforge_web;
