-- The referee's own table: which worlds this program made in this database.
-- Its presence is the permission to reset them; see seed/world.py.

create schema if not exists stampede;

create table if not exists stampede.worlds (
    system      text primary key,
    seed        bigint not null,
    parameters  jsonb not null,
    ready       boolean not null default false,
    created_at  timestamptz not null default now()
);
