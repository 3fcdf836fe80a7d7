create table public.api_keys (
  org_id uuid not null references public.orgs on delete cascade,
  id uuid not null,
  name text not null check (btrim(name) <> ''),
  key_prefix text not null check (key_prefix ~ '^pf_(live|test)_[A-Z2-7]{4}$'),
  key_hash bytea not null check (octet_length(key_hash) = 32),
  scopes text[] not null check (cardinality(scopes) > 0 and scopes <@ array['api.run', 'api.export', 'api.read', 'api.metrics']),
  rate_limit_per_min int not null default 60 check (rate_limit_per_min between 1 and 10000),
  total_calls bigint not null default 0 check (total_calls >= 0),
  total_tokens bigint not null default 0 check (total_tokens >= 0),
  created_by uuid references auth.users on delete set null,
  replaced_by uuid,
  last_used_at timestamptz,
  revoked_at timestamptz,
  expires_at timestamptz,
  meta app.object,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (org_id, id),
  constraint api_keys_key_hash_key unique (key_hash),
  constraint api_keys_key_prefix_key unique (org_id, key_prefix),
  -- Deferred, because the old key gives its name away before the new one can take it.
  foreign key (org_id, replaced_by) references public.api_keys on delete set null (replaced_by) deferrable initially deferred,
  check (replaced_by is null or expires_at is not null));
create unique index api_keys_live_name_key on public.api_keys (org_id, name) where revoked_at is null and replaced_by is null;

create table public.api_key_buckets (
  org_id uuid not null,
  key_id uuid not null,
  window_ts timestamptz not null,
  calls int not null default 0 check (calls >= 0),
  primary key (org_id, key_id, window_ts),
  foreign key (org_id, key_id) references public.api_keys on delete cascade);

create trigger set_updated_at before update on public.api_keys for each row execute function app.set_updated_at();

alter table public.api_keys enable row level security;
alter table public.api_keys force row level security;
create policy server on public.api_keys to promptforge_web
  using (org_id = (select app.current_org())) with check (org_id = (select app.current_org()));
create policy definer_reads on public.api_keys for select to promptforge_owner using (true);
create policy admins_read on public.api_keys for select to authenticated
  using (org_id = any ((select app.my_orgs('{owner,admin}'))::uuid[]));
grant select, insert, delete,
  update (name, scopes, rate_limit_per_min, total_calls, total_tokens, replaced_by, last_used_at, revoked_at, expires_at, meta)
  on public.api_keys to promptforge_web;
grant select (org_id, id, name, key_prefix, scopes, rate_limit_per_min, total_calls, total_tokens, created_by, replaced_by, last_used_at,
              revoked_at, expires_at, created_at, updated_at)
  on public.api_keys to authenticated;

alter table public.api_key_buckets enable row level security;
alter table public.api_key_buckets force row level security;
create policy server on public.api_key_buckets to promptforge_web
  using (org_id = (select app.current_org())) with check (org_id = (select app.current_org()));
grant select, insert, update, delete on public.api_key_buckets to promptforge_web;

create function app.api_key_lookup(hash bytea)
returns table (org_id uuid, key_id uuid, key_prefix text, scopes text[], rate_limit_per_min int, created_by uuid, expires_at timestamptz)
language sql stable security definer set search_path = ''
as $$
  select k.org_id, k.id, k.key_prefix, k.scopes, k.rate_limit_per_min, k.created_by, k.expires_at
    from public.api_keys k join public.orgs o on o.id = k.org_id
   where k.key_hash = hash and k.revoked_at is null and (k.expires_at is null or k.expires_at > now()) and o.deleted_at is null
$$;
grant execute on function app.api_key_lookup(bytea) to promptforge_web;
