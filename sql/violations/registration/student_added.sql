-- plants: A student came from nowhere.
-- fires:  audit:changed
insert into registration.students values (gen_random_uuid(), 'NOBODY', 'Nobody', '');
