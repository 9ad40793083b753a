-- plants: Two transactions wrote the counter of the queue that both had read.
-- fires:  counters_match_rows
update registration.courses set reserved_count = reserved_count - 1 where id = pg_temp.course('0001');
