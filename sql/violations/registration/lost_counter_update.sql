-- plants: Two transactions wrote the counter that both had read.
-- fires:  counters_match_rows
update registration.courses set enrolled_count = enrolled_count - 1 where id = pg_temp.course('0004');
