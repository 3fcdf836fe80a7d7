-- What a prompt was compiled from, by version and content, so that compiling it again can say what has changed since.
alter table public.prompt_history add column lock app.object;
