-- invariant:  No two students of a course stand at the same reserve position.
-- population: select count(*) from registration.courses
-- severity:   critical
select c.course_name as entity, 'one student at position ' || queue.reserve_position as expected,
       queue.students || ' students' as actual, 'course ' || c.id as detail
from registration.courses c
left join (
    select course_id, reserve_position, count(*) as students
    from registration.course_registrations
    where status = 'RESERVED'
    group by course_id, reserve_position
) queue on queue.course_id = c.id
where queue.students > 1
