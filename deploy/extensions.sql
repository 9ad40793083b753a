-- What each statement costs the server: make psql, then select * from pg_stat_statements.
create extension if not exists pg_stat_statements;
