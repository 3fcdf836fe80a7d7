-- Mails to an address are counted by who has them sent, so that no organisation uses up what another one may send; all organisations together have a wider count, which
-- protects the recipient. An invitation and its mail are one transaction, and where there is no room for the mail the inviter is told.
alter table app.mails add column org_id uuid;
create policy definer_counts on app.mails for select to promptforge_owner using (true);
create policy definer_queues on app.mails for insert to promptforge_owner with check (true);

-- For the org that is set, or for an account where none is. Answers when there is room again, and null where the mail was queued.
create function app.queue_mail(mail_id uuid, kind text, address text, mail_language app.language, content bytea) returns timestamptz
language plpgsql security definer set search_path = ''
as $$
declare
  org uuid := app.current_org();
  room timestamptz;
begin
  -- Whoever writes to the same address at the same moment is counted one after the other.
  perform pg_advisory_xact_lock(hashtextextended(lower(address), 30));
  select greatest(
    (select m.created_at + interval '10 minutes' from app.mails m
      where lower(m.recipient) = lower(address) and m.template = kind and m.org_id is not distinct from org and m.created_at > clock_timestamp() - interval '10 minutes'
      order by m.created_at desc offset 4 limit 1),
    (select m.created_at + interval '1 hour' from app.mails m
      where org is not null and lower(m.recipient) = lower(address) and m.template = kind and m.org_id is not null and m.created_at > clock_timestamp() - interval '1 hour'
      order by m.created_at desc offset 19 limit 1)) into room;
  if room is null then
    insert into app.mails (id, template, recipient, language, data, org_id) values (mail_id, kind, address, mail_language, content, org);
  end if;
  return room;
end $$;
grant execute on function app.queue_mail(uuid, text, text, app.language, bytea) to promptforge_web;
