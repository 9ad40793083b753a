-- The roles beside the owner: `api` runs the target, `referee` reads for the verdict. The owner runs this file again
-- and again, so it also completes what an earlier version made. seed/roles.py adds passwords and the rights on each system.

select pg_advisory_xact_lock(hashtext('roles'));  -- two seeders at once would alter the same role

do $$
begin
    if not exists (select from pg_roles where rolname = 'api') then
        create role api;
    end if;
    if not exists (select from pg_roles where rolname = 'referee') then
        create role referee;
    end if;
    execute 'revoke temporary on database ' || quote_ident(current_database()) || ' from public';
end
$$;

-- What every role may do by default: make temporary tables (above), tables (before PostgreSQL 15) and large objects.
revoke create on schema public from public;
revoke execute on function lo_creat(integer), lo_create(oid), lo_from_bytea(oid, bytea) from public;

alter role api login;
-- Longer than REQUEST_TIMEOUT_S: a target that dies or stops in a transaction must not keep its locks.
alter role api set idle_in_transaction_session_timeout = '10s';
-- A session that waits for a lock would not notice otherwise that its client has left.
alter role api set client_connection_check_interval = '1s';

alter role referee login;
-- To see whether other roles' sessions have open transactions, and to carry out the fault `terminate one backend`.
grant pg_read_all_stats, pg_signal_backend to referee;

grant usage on schema stampede to referee;
grant select on stampede.worlds to referee;
grant execute on function stampede.read_processes() to referee;
