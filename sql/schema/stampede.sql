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

-- CPU time and memory of the server's processes, from its own /proc. It runs with the owner's rights, so that the role
-- `referee` can read these files and no others.
create or replace function stampede.read_processes(out stat text, out status text) returns setof record
language sql security definer set search_path = pg_catalog as $$
    select pg_read_file('/proc/' || pid || '/stat', 0, 4096, true),
           pg_read_file('/proc/' || pid || '/status', 0, 4096, true)
    from (
        select pid from pg_stat_activity where pid <> pg_backend_pid()
        union all
        select split_part(pg_read_file('postmaster.pid'), e'\n', 1)::int
    ) as processes
$$;
revoke execute on function stampede.read_processes() from public;
