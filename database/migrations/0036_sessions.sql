-- A session is a row, so that its owner sees it and can end it alone. It stands while it was used lately and carries the account's stamp: a new stamp ends all of them.
do $identity$
begin
  if (select nspowner from pg_namespace where nspname = 'auth') <> 'promptforge_owner'::regrole then
    return;
  end if;

  create table auth.user_sessions (
    id uuid primary key,
    user_id uuid not null references auth.users on delete cascade,
    stamp text not null,
    kind text not null check (kind in ('browser', 'tokens')),
    -- How often its tokens were refreshed: of its refresh tokens only the newest counts.
    refreshes int not null default 0 check (refreshes >= 0),
    created_at timestamptz not null,
    last_used_at timestamptz not null,
    network inet,
    user_agent text check (char_length(user_agent) <= 200));
  create index user_sessions_user_id_idx on auth.user_sessions (user_id);
  create index user_sessions_last_used_at_idx on auth.user_sessions (last_used_at);
  alter table auth.user_sessions enable row level security;
  alter table auth.user_sessions force row level security;
  create policy identity on auth.user_sessions to promptforge_identity using (true) with check (true);
  grant select, insert, delete, update (refreshes, last_used_at, network, user_agent) on auth.user_sessions to promptforge_identity;
  create trigger tell_session_gone after delete on auth.user_sessions for each row execute function app.tell_change('session', 'id');
end $identity$;
