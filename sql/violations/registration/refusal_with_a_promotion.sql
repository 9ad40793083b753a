-- plants: A stored refusal of a drop says that it promoted a student.
-- fires:  events_well_formed
update registration.events set promoted_student_id = pg_temp.student(29), promoted_from_position = 1
where op_id = 'refused-drop';
