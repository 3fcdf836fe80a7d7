-- The keys that cookies, tokens and stored secrets are protected with; every node reads them. What they hold is encrypted.
create table app.data_protection_keys (
  id uuid primary key,
  name text not null,
  xml text not null,
  created_at timestamptz not null default now());
alter table app.data_protection_keys enable row level security;
alter table app.data_protection_keys force row level security;
create policy server_outside_any_org on app.data_protection_keys to promptforge_web
  using ((select app.current_org()) is null) with check ((select app.current_org()) is null);
grant select, insert on app.data_protection_keys to promptforge_web;

-- Where Supabase keeps the accounts there are no local ones, and its schema stays as it is.
do $identity$
declare
  t text;
begin
  if (select nspowner from pg_namespace where nspname = 'auth') <> 'promptforge_owner'::regrole then
    return;
  end if;

  -- One truth about an address however the row came about.
  alter table auth.users
    add normalized_email text generated always as (lower(email)) stored,
    add security_stamp text not null default gen_random_uuid()::text,
    add concurrency_stamp text not null default gen_random_uuid()::text,
    add two_factor_enabled boolean not null default false,
    add lockout_end timestamptz,
    add lockout_enabled boolean not null default true,
    add access_failed_count int not null default 0 check (access_failed_count >= 0),
    add language app.language not null default 'en',
    add constraint users_email_form check (email like '%_@_%' and char_length(email) <= 254);

  create table auth.user_logins (
    login_provider text not null check (char_length(login_provider) <= 500),
    provider_key text not null check (char_length(provider_key) <= 500),
    provider_display_name text,
    user_id uuid not null references auth.users on delete cascade,
    created_at timestamptz not null default now(),
    primary key (login_provider, provider_key));
  create index user_logins_user_id_idx on auth.user_logins (user_id);

  create table auth.user_tokens (
    user_id uuid not null references auth.users on delete cascade,
    login_provider text not null,
    name text not null,
    value text,
    primary key (user_id, login_provider, name));

  create table auth.user_passkeys (
    credential_id bytea primary key check (octet_length(credential_id) <= 1024),
    user_id uuid not null references auth.users on delete cascade,
    data jsonb not null,
    created_at timestamptz not null default now());
  create index user_passkeys_user_id_idx on auth.user_passkeys (user_id);

  foreach t in array array['user_logins', 'user_tokens', 'user_passkeys'] loop
    execute format('alter table auth.%I enable row level security', t);
    execute format('alter table auth.%I force row level security', t);
    execute format('create policy identity on auth.%I to promptforge_identity using (true) with check (true)', t);
    execute format('grant select, insert, update, delete on auth.%I to promptforge_identity', t);
  end loop;
end $identity$;
