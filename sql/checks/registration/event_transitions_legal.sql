-- invariant:  Only who is not registered registers, only who is registered drops, only who is RESERVED is promoted.
-- population: select count(*) from registration.courses
-- severity:   critical
-- Where the events are as many as the counters say, nobody dropped, and who registered twice either holds two
-- registrations (one_registration_per_student) or was counted twice (counters_match_rows); only the other courses are
-- followed student by student.
with counted as (
    select course_id, count(*) as events
    from registration.events
    where version is not null
    group by course_id
), unclear as (
    select e.course_id
    from counted e
    left join registration.courses c on c.id = e.course_id
    where e.events is distinct from c.enrolled_count + c.reserved_count
), followed as materialized (
    select course_id, student_id, version, action, status, promoted_student_id
    from registration.events
    where version is not null and course_id in (select course_id from unclear)
), changes as (
    select course_id, student_id, version, action, status, case action when 'register' then status end as held_after
    from followed
    union all
    select course_id, promoted_student_id, version, 'promotion', 'RESERVED', 'ENROLLED'
    from followed
    where promoted_student_id is not null
), transitions as (
    select course_id, student_id, version, action, status,
           lag(held_after) over (partition by course_id, student_id order by version) as held_before
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
