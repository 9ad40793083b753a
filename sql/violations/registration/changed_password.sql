-- plants: A student's password was changed.
-- fires:  audit:changed
update registration.students set password_hash = 'x' where id = pg_temp.student(100);
