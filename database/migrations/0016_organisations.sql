-- Addresses live with the accounts, which the server cannot read; these answer for the people of the org that is set, and for the caller. On Supabase the owner
-- of schema auth grants the columns (database/README.md); until then an address is not known, and nobody can accept an invitation.
do $addresses$
begin
  if (select nspowner from pg_namespace where nspname = 'auth') = 'promptforge_owner'::regrole then
    create policy definer_reads on auth.users for select to promptforge_owner using (true);
  end if;
end $addresses$;

create function app.member_emails() returns table (user_id uuid, email text)
language plpgsql stable security definer set search_path = ''
as $$
begin
  if has_column_privilege('auth.users', 'email', 'select') then
    return query
      select m.user_id, u.email::text from public.org_members m join auth.users u on u.id = m.user_id
       where m.org_id = app.current_org();
  end if;
end $$;

create function app.my_confirmed_email() returns text
language plpgsql stable security definer set search_path = ''
as $$
begin
  if has_column_privilege('auth.users', 'email', 'select') and has_column_privilege('auth.users', 'email_confirmed_at', 'select') then
    return (select lower(u.email) from auth.users u where u.id = auth.uid() and u.email_confirmed_at is not null);
  end if;
  return null;
end $$;

-- Creating an org has no org whose records could hold the idempotency key, so the new org's own do; this finds it again for the same person.
create policy definer_reads on public.idempotency_records for select to promptforge_owner using (true);
create function app.org_made_with(member uuid, idempotency_key text, made_by text) returns uuid
language sql stable security definer set search_path = ''
return (select r.org_id from public.org_members m
          join public.idempotency_records r on r.org_id = m.org_id and r.key = idempotency_key
         where m.user_id = member and r.route = made_by and r.expires_at > now() limit 1);

grant execute on function app.member_emails(), app.my_confirmed_email(), app.org_made_with(uuid, text, text) to promptforge_web;

-- A key whose record has expired, or was left behind by a server that died, begins anew.
grant update (route, request_hash, created_at, expires_at) on public.idempotency_records to promptforge_web;

-- A page of projects counts its runs and their cost out of the index alone.
drop index public.runs_project_idx;
create index runs_project_idx on public.runs (org_id, project_id, id) include (cost_usd) where project_id is not null;
