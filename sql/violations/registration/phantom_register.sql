-- plants: A student was told that the course is full and holds a seat.
-- fires:  audit:phantom
update operations set outcome = 'fail', status = 409, answer = '{"code": "course_full"}' where op_id = 'enrolled';
