-- In a course without drops, registers and registrations have the same sum of 64-bit hashes; only the other courses are
-- compared row by row. Both sides are materialized: planned as one query, all registrations are joined first at times,
-- which takes a minute.
with told as (
    select course_id,
           sum(uuid_hash_extended(student_id, timestamp_hash_extended(occurred_at at time zone 'utc', 0))) as sum
    from registration.events
    where action = 'register' and version is not null
    group by course_id
), held as (
    select course_id,
           sum(uuid_hash_extended(student_id, timestamp_hash_extended(created_at at time zone 'utc', 0))) as sum
    from registration.course_registrations
    group by course_id
), unclear as (
    select course_id
    from held
    left join told using (course_id)
    where told.sum is distinct from held.sum
), asked as materialized (
    select course_id, student_id, occurred_at
    from registration.events
    where action = 'register' and version is not null and course_id in (select course_id from unclear)
), kept as materialized (
    select course_id, student_id, created_at
    from registration.course_registrations
    where course_id in (select course_id from unclear)
)
select c.course_name as entity, 'an event of the same time' as expected, 'registered at ' || r.created_at as actual,
       coalesce(s.student_number, 'student') || ' ' || r.student_id || ', course ' || r.course_id as detail
from kept r
join registration.courses c on c.id = r.course_id
left join registration.students s on s.id = r.student_id
left join asked a on a.course_id = r.course_id and a.student_id = r.student_id and a.occurred_at = r.created_at
where a.student_id is null
