-- Only the queues of courses with a promotion are followed.
with promoting as materialized (
    select course_id
    from registration.events
    where version is not null and promoted_student_id is not null
    group by course_id
), queue_changes as (
    select course_id, student_id, version, id, action, null::integer as from_position
    from registration.events
    where version is not null and status = 'RESERVED' and course_id in (select course_id from promoting)
    union all
    select course_id, promoted_student_id, version, id, 'promotion', coalesce(promoted_from_position, 0)
    from registration.events
    where version is not null and promoted_student_id is not null and course_id in (select course_id from promoting)
), stays as (
    select course_id, student_id, version as joined, id, action,
           lead(version) over stay as left_at, lead(from_position) over stay as promoted_from
    from queue_changes
    window stay as (partition by course_id, student_id order by version, id, action)
), queues as (
    select course_id, student_id, joined, left_at, promoted_from,
           max(coalesce(left_at, 'infinity'::numeric)) over (
               partition by course_id order by joined, id rows between unbounded preceding and 1 preceding
           ) as earlier_left_at
    from stays
    where action = 'register'
)
select c.course_name as entity, 'the head of the queue' as expected,
       coalesce(s.student_number, 'student') || ' promoted from position ' || q.promoted_from
           || case when q.earlier_left_at > q.left_at then ' past somebody who had joined before' else '' end as actual,
       'version ' || q.left_at || ', joined at version ' || q.joined || ', course ' || q.course_id as detail
from queues q
left join registration.courses c on c.id = q.course_id
left join registration.students s on s.id = q.student_id
where q.promoted_from <> 1 or (q.promoted_from is not null and q.earlier_left_at > q.left_at)
