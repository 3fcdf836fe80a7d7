create schema app;
grant usage on schema app to promptforge_web, authenticated;

-- PostgreSQL lets everybody execute a new function; here each one is granted by name.
alter default privileges revoke execute on functions from public;

create domain app.sha256_hex as text check (value ~ '^[0-9a-f]{64}$');
create domain app.semver as text check (value ~ '^(0|[1-9][0-9]{0,8})\.(0|[1-9][0-9]{0,8})\.(0|[1-9][0-9]{0,8})$');
create domain app.slug as text check (value ~ '^[a-z0-9]+(-[a-z0-9]+)*$' and char_length(value) between 3 and 40);
create domain app.module_id as text check (value ~ '^M(0[1-9]|[1-4][0-9]|50)$');
create domain app.language as text check (value in ('en', 'ro'));
create domain app.object as jsonb check (jsonb_typeof(value) = 'object');
create domain app.list as jsonb check (jsonb_typeof(value) = 'array');

-- After the first transaction that sets it, the setting is an empty string, not null.
create function app.current_org() returns uuid
language sql stable parallel safe
return nullif(current_setting('app.org_id', true), '')::uuid;

-- The smallest UUIDv7 of a moment, so that a range of ids is a range of time and the primary key serves both.
create function app.uuid_from(moment timestamptz) returns uuid
language sql immutable strict parallel safe
return (lpad(to_hex(floor(extract(epoch from moment) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid;

create function app.semver_key(version app.semver) returns int[]
language sql immutable strict parallel safe
return string_to_array(version, '.')::int[];

create function app.set_updated_at() returns trigger
language plpgsql as $$
begin
  new.updated_at := now();
  return new;
end $$;

create function app.refuse_change() returns trigger
language plpgsql as $$
begin
  raise exception '% may not be changed', tg_table_name
    using errcode = 'integrity_constraint_violation', constraint = tg_name, table = tg_table_name, schema = tg_table_schema;
end $$;

grant execute on function app.current_org(), app.uuid_from(timestamptz), app.semver_key(app.semver) to promptforge_web, authenticated;

-- Supabase brings its own auth schema, which is left as it is.
do $auth$
declare
  users oid := (select t.oid from pg_class t join pg_namespace n on n.oid = t.relnamespace where n.nspname = 'auth' and t.relname = 'users');
begin
  if users is not null then
    if not has_schema_privilege('auth', 'usage') or not has_column_privilege(users, 'id', 'references') then
      raise exception using message = 'promptforge_owner may not refer to auth.users. As the owner of schema auth run: '
        'grant usage on schema auth to promptforge_owner; grant references (id) on auth.users to promptforge_owner';
    end if;
    return;
  end if;

  create schema auth;

  create table auth.users (
    id uuid primary key,
    email text,
    encrypted_password text,
    email_confirmed_at timestamptz,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now());
  create unique index users_email_key on auth.users (lower(email));
  alter table auth.users enable row level security;
  alter table auth.users force row level security;
  create policy identity on auth.users to promptforge_identity using (true) with check (true);
  create trigger set_updated_at before update on auth.users for each row execute function app.set_updated_at();

  create function auth.uid() returns uuid
  language sql stable parallel safe
  return (nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub')::uuid;

  grant usage on schema auth to promptforge_identity, authenticated, anon;
  grant select, insert, update, delete on auth.users to promptforge_identity;
  grant execute on function auth.uid() to authenticated, anon;
end $auth$;
