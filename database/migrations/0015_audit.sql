alter table public.audit_log
  add column api_key_id uuid,
  add column ip inet;
