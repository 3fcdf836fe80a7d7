create table public.orgs (
  id uuid primary key,
  name text not null check (btrim(name) <> ''),
  slug app.slug not null,
  stripe_customer_id text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  deleted_at timestamptz,
  constraint orgs_slug_key unique (slug),
  constraint orgs_stripe_customer_id_key unique (stripe_customer_id),
  constraint orgs_id_stripe_customer_id_key unique (id, stripe_customer_id));

create table public.org_members (
  org_id uuid not null references public.orgs on delete cascade,
  user_id uuid not null references auth.users on delete cascade,
  role text not null check (role in ('owner', 'admin', 'member')),
  created_at timestamptz not null default now(),
  primary key (org_id, user_id));
create index org_members_user_id_idx on public.org_members (user_id);

create table public.projects (
  org_id uuid not null references public.orgs on delete cascade,
  id uuid not null,
  slug app.slug not null,
  name text not null check (btrim(name) <> ''),
  description text,
  meta app.object,
  created_by uuid references auth.users on delete set null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  archived_at timestamptz,
  primary key (org_id, id),
  constraint projects_slug_key unique (org_id, slug));

create table public.invitations (
  org_id uuid not null references public.orgs on delete cascade,
  id uuid not null,
  email text not null check (email = lower(email) and email like '%_@_%'),
  role text not null check (role in ('owner', 'admin', 'member')),
  token_hash bytea not null check (octet_length(token_hash) = 32),
  invited_by uuid references auth.users on delete set null,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  accepted_at timestamptz,
  accepted_by uuid references auth.users on delete set null,
  revoked_at timestamptz,
  primary key (org_id, id),
  constraint invitations_token_hash_key unique (token_hash),
  check (expires_at > created_at),
  check (accepted_at is null or revoked_at is null));
create unique index invitations_open_key on public.invitations (org_id, email) where accepted_at is null and revoked_at is null;

-- Policies read org_members through this, because a policy that reads its own table recurses without end.
create function app.my_orgs(roles text[] default '{owner,admin,member}') returns uuid[]
language sql stable security definer parallel safe set search_path = ''
as $$
  select coalesce(array_agg(m.org_id), '{}')
    from public.org_members m
    join public.orgs o on o.id = m.org_id
   where m.user_id = auth.uid() and m.role = any (roles) and o.deleted_at is null
$$;
grant execute on function app.my_orgs(text[]) to authenticated;

-- Writes to the org's row, so that two owners who leave at the same moment are seen one after the other and a repeatable-read
-- transaction fails instead of counting what is no longer true. An org that is going takes its owners along.
create function app.keep_an_owner() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  update public.orgs set updated_at = now() where id = old.org_id;
  if found and not exists (select from public.org_members where org_id = old.org_id and role = 'owner') then
    raise exception 'An organisation keeps at least one owner'
      using errcode = 'check_violation', constraint = 'org_members_last_owner', table = 'org_members', schema = 'public';
  end if;
  return null;
end $$;

create trigger last_owner_demoted after update on public.org_members for each row
  when (old.role = 'owner' and new.role <> 'owner') execute function app.keep_an_owner();
create trigger last_owner_removed after delete on public.org_members for each row
  when (old.role = 'owner') execute function app.keep_an_owner();
create trigger org_members_identity before update on public.org_members for each row
  when (old.org_id <> new.org_id or old.user_id <> new.user_id) execute function app.refuse_change();

create trigger set_updated_at before update on public.orgs for each row execute function app.set_updated_at();
create trigger set_updated_at before update on public.projects for each row execute function app.set_updated_at();

alter table public.orgs enable row level security;
alter table public.orgs force row level security;
create policy server on public.orgs to promptforge_web
  using (id = (select app.current_org())) with check (id = (select app.current_org()));
create policy definer_reads on public.orgs for select to promptforge_owner using (true);
create policy definer_touches on public.orgs for update to promptforge_owner using (true) with check (true);
create policy members_read on public.orgs for select to authenticated
  using (id = any ((select app.my_orgs())::uuid[]));
create policy admins_rename on public.orgs for update to authenticated
  using (id = any ((select app.my_orgs('{owner,admin}'))::uuid[])) with check (id = any ((select app.my_orgs('{owner,admin}'))::uuid[]));
grant select, insert, update, delete on public.orgs to promptforge_web;
grant select (id, name, slug, created_at, updated_at), update (name, slug) on public.orgs to authenticated;

alter table public.org_members enable row level security;
alter table public.org_members force row level security;
create policy server on public.org_members to promptforge_web
  using (org_id = (select app.current_org())) with check (org_id = (select app.current_org()));
create policy definer_reads on public.org_members for select to promptforge_owner using (true);
create policy members_read on public.org_members for select to authenticated
  using (org_id = any ((select app.my_orgs())::uuid[]));
create policy above_change on public.org_members for update to authenticated
  using (org_id = any ((select app.my_orgs('{owner}'))::uuid[])
         or (org_id = any ((select app.my_orgs('{admin}'))::uuid[]) and role <> 'owner'))
  with check (org_id = any ((select app.my_orgs('{owner}'))::uuid[])
         or (org_id = any ((select app.my_orgs('{admin}'))::uuid[]) and role <> 'owner'));
create policy above_remove_and_self_leaves on public.org_members for delete to authenticated
  using (org_id = any ((select app.my_orgs('{owner}'))::uuid[])
         or (org_id = any ((select app.my_orgs('{admin}'))::uuid[]) and role <> 'owner')
         or user_id = (select auth.uid()));
grant select, insert, update (role), delete on public.org_members to promptforge_web;
grant select, insert (org_id, user_id, role), update (role), delete on public.org_members to authenticated;

alter table public.projects enable row level security;
alter table public.projects force row level security;
create policy server on public.projects to promptforge_web
  using (org_id = (select app.current_org())) with check (org_id = (select app.current_org()));
create policy members_read on public.projects for select to authenticated
  using (org_id = any ((select app.my_orgs())::uuid[]));
create policy members_add on public.projects for insert to authenticated
  with check (org_id = any ((select app.my_orgs())::uuid[]) and created_by = (select auth.uid()));
create policy admins_change on public.projects for update to authenticated
  using (org_id = any ((select app.my_orgs('{owner,admin}'))::uuid[])) with check (org_id = any ((select app.my_orgs('{owner,admin}'))::uuid[]));
create policy admins_remove on public.projects for delete to authenticated
  using (org_id = any ((select app.my_orgs('{owner,admin}'))::uuid[]));
grant select, insert, update, delete on public.projects to promptforge_web;
grant select, insert (org_id, id, slug, name, description, meta, created_by), update (slug, name, description, meta, archived_at), delete
  on public.projects to authenticated;

alter table public.invitations enable row level security;
alter table public.invitations force row level security;
create policy server on public.invitations to promptforge_web
  using (org_id = (select app.current_org())) with check (org_id = (select app.current_org()));
create policy definer_reads on public.invitations for select to promptforge_owner using (true);
create policy admins_read on public.invitations for select to authenticated
  using (org_id = any ((select app.my_orgs('{owner,admin}'))::uuid[]));
grant select, insert, update, delete on public.invitations to promptforge_web;
grant select (org_id, id, email, role, invited_by, created_at, expires_at, accepted_at, revoked_at) on public.invitations to authenticated;

-- What the server must know before it can name the org.
create function app.orgs_of(member uuid) returns table (org_id uuid, name text, slug text, role text, deleted_at timestamptz)
language sql stable security definer set search_path = ''
as $$
  select o.id, o.name, o.slug, m.role, o.deleted_at
    from public.org_members m join public.orgs o on o.id = m.org_id
   where m.user_id = member
   order by o.id
$$;

create function app.invitation_lookup(hash bytea) returns table (org_id uuid, id uuid)
language sql stable security definer set search_path = ''
as $$
  select i.org_id, i.id from public.invitations i
   where i.token_hash = hash and i.accepted_at is null and i.revoked_at is null and i.expires_at > now()
$$;

create function app.org_page(after uuid, size int) returns table (org_id uuid, deleted_at timestamptz)
language sql stable security definer set search_path = ''
as $$
  select o.id, o.deleted_at from public.orgs o
   where after is null or o.id > after
   order by o.id limit least(size, 1000)
$$;

grant execute on function app.orgs_of(uuid), app.invitation_lookup(bytea), app.org_page(uuid, int) to promptforge_web;
