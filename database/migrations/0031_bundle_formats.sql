-- The zip is no file of the content that the checksum covers, so the same content is one bundle without it and another one with it.
alter table public.bundles
  drop constraint bundles_content_key,
  add constraint bundles_content_key unique (org_id, run_id, checksum, formats);
