-- Says on channel "promptforge" what changed, as kind:id, so that no node goes on with what it has cached. The first argument is the kind, the second
-- the column that holds the id.
create function app.tell_change() returns trigger
language plpgsql set search_path = ''
as $$
begin
  perform pg_notify('promptforge', tg_argv[0] || ':' || (to_jsonb(case tg_op when 'DELETE' then old else new end) ->> tg_argv[1]));
  return null;
end $$;

create trigger tell_member after insert or update or delete on public.org_members for each row execute function app.tell_change('member', 'user_id');
create trigger tell_org after update or delete on public.orgs for each row
  execute function app.tell_change('org', 'id');
create trigger tell_rights after insert or update or delete on public.entitlements for each row execute function app.tell_change('rights', 'org_id');
create trigger tell_rights after insert or update or delete on public.subscriptions for each row execute function app.tell_change('rights', 'org_id');
create trigger tell_rights after insert or update or delete on public.user_addons for each row execute function app.tell_change('rights', 'org_id');
create trigger tell_rights after insert or update or delete on public.org_packs for each row execute function app.tell_change('rights', 'org_id');
create trigger tell_rights after insert or update or delete on public.licences for each row execute function app.tell_change('rights', 'org_id');
