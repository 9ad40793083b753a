-- In a course without drops and promotions only a second register of one student is illegal. There is none where the
-- registrations name no student twice and the events the same students, as equal sums of 64-bit hashes show; only the
-- other courses are followed student by student.
with told as (
    select course_id, sum(uuid_hash_extended(student_id, 0)) as sum,
           bool_or(action <> 'register' or promoted_student_id is not null) as moved
    from registration.events
    where version is not null
    group by course_id
), held as (
    select course_id, sum(uuid_hash_extended(student_id, 0)) as sum, count(distinct student_id) < count(*) as doubled
    from registration.course_registrations
    group by course_id
), unclear as (
    select course_id
    from told
    left join held using (course_id)
    where told.moved or held.doubled is not false or held.sum is distinct from told.sum
), followed as materialized (
    select course_id, student_id, version, id, action, status, promoted_student_id
    from registration.events
    where version is not null and course_id in (select course_id from unclear)
), changes as (
    select course_id, student_id, version, id, action, status, case action when 'register' then status end as held_after
    from followed
    union all
    select course_id, promoted_student_id, version, id, 'promotion', 'RESERVED', 'ENROLLED'
    from followed
    where promoted_student_id is not null
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
