-- invariant:  The events of each course, replayed in version order, give exactly its registrations.
-- population: select count(*) from registration.courses
-- severity:   critical
-- A register gives its status, a drop takes it, a promotion makes the promoted student ENROLLED; whoever is
-- RESERVED at the end stands in the order in which they joined the queue.
with changes as (
    select course_id, student_id, version, id, action, case action when 'register' then status end as status
    from registration.events
    where version is not null
    union all
    select course_id, promoted_student_id, version, id, 'promotion', 'ENROLLED'
    from registration.events
    where version is not null and promoted_student_id is not null
), last_changes as (
    select distinct on (course_id, student_id) course_id, student_id, version, status
    from changes
    order by course_id, student_id, version desc, id desc, action desc
), replayed as (
    select course_id, student_id, status,
           case status when 'RESERVED' then rank() over (partition by course_id, status order by version) end
               as reserve_position
    from last_changes
    where status is not null
)
select coalesce(c.course_name, 'no such course') as entity,
       coalesce(concat_ws(' ', e.status, e.reserve_position), 'none') as expected,
       coalesce(concat_ws(' ', r.status, r.reserve_position), 'none') as actual,
       coalesce(s.student_number, 'student') || ' ' || student_id || ', course ' || course_id as detail
from replayed e
full join registration.course_registrations r using (course_id, student_id)
left join registration.courses c on c.id = course_id
left join registration.students s on s.id = student_id
where (e.status, e.reserve_position) is distinct from (r.status, r.reserve_position)
