-- plants: A registration window was moved by a second.
-- fires:  audit:changed, audit:read_wrongly
update registration.semesters set registration_end = registration_end + interval '1 second'
where id = pg_temp.semester();
