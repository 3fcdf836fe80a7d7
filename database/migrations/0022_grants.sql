-- What the operator grants by hand. A granted plan is one row of entitlements for each of its flags, source 'manual', with meta {"plan": code}; the row of
-- hasSeatsGT1 says in meta {"seats": n} how many seats come along.
alter table public.entitlements add constraint entitlements_meta_check check (
  meta is null
  or (not meta ? 'plan' or (jsonb_typeof(meta -> 'plan') = 'string' and user_id is null))
  and (not meta ? 'seats' or (flag = 'hasSeatsGT1' and user_id is null and jsonb_path_exists(meta, '$.seats ? (@.type() == "number" && @ >= 1 && @ <= 1000000 && @ == @.floor())')))
  and (not meta ? 'tier' or jsonb_typeof(meta -> 'tier') = 'string'));

create function app.org_by_slug(slug text) returns uuid
language sql stable security definer set search_path = ''
return (select o.id from public.orgs o where o.slug = org_by_slug.slug and o.deleted_at is null);
grant execute on function app.org_by_slug(text) to promptforge_web;

create or replace function app.has_free_seat(org uuid) returns boolean
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
      (select max(l.seats) from public.licences l where l.org_id = org and l.expires_at > now()),
      (select max((e.meta -> 'seats')::int) from public.entitlements e
        where e.org_id = org and e.user_id is null and e.flag = 'hasSeatsGT1' and e.source <> 'plan' and (e.expires_at is null or e.expires_at > now())));
  end if;
  return seats > (select count(*) from public.org_members m where m.org_id = org)
               + (select count(*) from public.invitations i
                   where i.org_id = org and i.accepted_at is null and i.revoked_at is null and i.expires_at > now());
end $$;

-- A refusal names who may change the plan, so rights change with the members, too.
create trigger tell_rights after insert or update or delete on public.org_members for each row execute function app.tell_change('rights', 'org_id');
