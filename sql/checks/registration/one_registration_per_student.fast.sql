-- First the courses where it happened, which an index tells; only there which student it was.
with courses as (
    select course_id
    from registration.course_registrations
    group by course_id
    having count(distinct student_id) < count(*)
), held as (
    select course_id, student_id, count(*) as places, string_agg(status, ' and ') as statuses
    from registration.course_registrations
    where course_id in (select course_id from courses)
    group by course_id, student_id
    having count(*) > 1
)
select c.course_name as entity, 'one registration' as expected, held.places || ': ' || held.statuses as actual,
       coalesce(s.student_number, 'student') || ' ' || held.student_id || ', course ' || held.course_id as detail
from held
left join registration.courses c on c.id = held.course_id
left join registration.students s on s.id = held.student_id
