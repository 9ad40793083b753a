-- plants: A student was told that the course is full and holds a seat.
-- fires:  audit:phantom, audit:lost, audit:refused_wrongly
update operations set outcome = 'refused', code = 'course_full', answer = null where op_id = 'enrolled';
