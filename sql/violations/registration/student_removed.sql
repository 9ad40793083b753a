-- plants: A student is gone.
-- fires:  audit:changed
delete from registration.students where id = pg_temp.student(150);
