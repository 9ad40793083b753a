-- invariant:  Each registration is as old as an event by which this student registered for this course.
-- population: select count(*) from registration.courses
-- severity:   critical
-- Any register of the student counts: decided in one batch with a drop, it keeps the old row.
select c.course_name as entity, 'an event of the same time' as expected, 'registered at ' || r.created_at as actual,
       coalesce(s.student_number, 'student') || ' ' || r.student_id || ', course ' || r.course_id as detail
from registration.course_registrations r
join registration.courses c on c.id = r.course_id
left join registration.students s on s.id = r.student_id
where not exists (
    select from registration.events e
    where e.course_id = r.course_id and e.student_id = r.student_id and e.occurred_at = r.created_at
      and e.action = 'register' and e.version is not null
)
