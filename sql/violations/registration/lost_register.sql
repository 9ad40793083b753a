-- plants: A student was told of a seat before the commit, and the commit failed.
-- fires:  audit:lost
select pg_temp.tell('planted', 'write', pg_temp.student(50), 'register', 'course ' || pg_temp.course('0006'), 'ok',
                    null, '{"status": "ENROLLED", "reserve_position": null}');
