-- What ends all sessions of an account ends the tokens of its issuers too, which carry no stamp of ours: those issued before this moment do not count. An address that
-- nobody had proved was linked to no issuer, so the token that proves it has nothing before it.
do $identity$
begin
  if (select nspowner from pg_namespace where nspname = 'auth') <> 'promptforge_owner'::regrole then
    return;
  end if;

  alter table auth.users add tokens_since timestamptz;

  create function auth.end_tokens() returns trigger
  language plpgsql set search_path = ''
  as $$
  begin
    new.tokens_since := clock_timestamp();
    return new;
  end $$;

  create trigger end_tokens before update on auth.users for each row
    when (old.security_stamp is distinct from new.security_stamp and old.email_confirmed_at is not null) execute function auth.end_tokens();
end $identity$;
