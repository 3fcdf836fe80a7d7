-- Mail that is to be sent. A request leaves the same row whether or not the address has an account; who it is for and what it says is found out when it is
-- sent, so nothing secret waits here in plain: values are encrypted with the deployment's keys.
create table app.mails (
  id uuid primary key,
  template text not null check (template ~ '^[a-z_]{1,40}$'),
  recipient text not null check (char_length(recipient) <= 254),
  language app.language not null,
  data bytea,
  created_at timestamptz not null default now(),
  not_before timestamptz not null default now(),
  attempts int not null default 0,
  sent_at timestamptz,
  failed_at timestamptz,
  subject text,
  body_text text,
  body_html text);
create index mails_waiting_idx on app.mails (not_before) where sent_at is null and failed_at is null;
create index mails_recipient_idx on app.mails (lower(recipient), created_at);
alter table app.mails enable row level security;
alter table app.mails force row level security;
create policy server_outside_any_org on app.mails to promptforge_web
  using ((select app.current_org()) is null) with check ((select app.current_org()) is null);
grant select, insert, update, delete on app.mails to promptforge_web;
create trigger tell_mail after insert on app.mails for each row execute function app.tell_change('mail', 'id');

do $tell$
begin
  if (select nspowner from pg_namespace where nspname = 'auth') = 'promptforge_owner'::regrole then
    create trigger tell_account after update on auth.users for each row
      when (old.security_stamp is distinct from new.security_stamp) execute function app.tell_change('account', 'id');
    create trigger tell_account_gone after delete on auth.users for each row execute function app.tell_change('account', 'id');
  end if;
end $tell$;
