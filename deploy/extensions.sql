-- What each statement costs the server: make psql, then select * from pg_stat_statements. A server without it has none.
do $$
begin
    if exists (select from pg_available_extensions where name = 'pg_stat_statements') then
        create extension if not exists pg_stat_statements;
    end if;
end
$$;
