-- invariant:  Only who is not registered registers, only who is registered drops, only who is RESERVED is promoted.
-- population: select count(*) from registration.courses
-- severity:   critical
with changes as (
    select course_id, student_id, version, id, action, status, case action when 'register' then status end as held_after
    from registration.events
    where version is not null
    union all
    select course_id, promoted_student_id, version, id, 'promotion', 'RESERVED', 'ENROLLED'
    from registration.events
    where version is not null and promoted_student_id is not null
), transitions as (
    select course_id, student_id, version, action, status,
           lag(held_after) over (partition by course_id, student_id order by version, id, action) as held_before
    from changes
)
select c.course_name as entity,
       case t.action when 'register' then 'not registered' else t.status end || ' before the ' || t.action as expected,
       coalesce(t.held_before, 'not registered') as actual,
       coalesce(s.student_number, 'student') || ' ' || t.student_id || ', version ' || t.version
           || ', course ' || t.course_id as detail
from transitions t
left join registration.courses c on c.id = t.course_id
left join registration.students s on s.id = t.student_id
where t.held_before is distinct from case when t.action <> 'register' then t.status end
