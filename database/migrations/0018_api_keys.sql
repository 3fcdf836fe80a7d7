-- Counters are written often and change nothing that is cached, so they are not among the columns.
create trigger tell_key after update of name, scopes, rate_limit_per_min, replaced_by, revoked_at, expires_at or delete on public.api_keys
  for each row execute function app.tell_change('key', 'id');
