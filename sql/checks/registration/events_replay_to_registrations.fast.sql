-- In a course without drops and promotions, the events are the registrations, as equal sums of 64-bit hashes show, if
-- the registrations name no student twice, their positions are 1..n, and the events tell these in the order of the
-- versions. Only the other courses are replayed.
with told as (
    select course_id, bool_or(action <> 'register' or promoted_student_id is not null) as moved,
           min(version - reserve_position) filter (where status = 'RESERVED') as lowest_offset,
           max(version - reserve_position) filter (where status = 'RESERVED') as highest_offset,
           sum(uuid_hash_extended(
               student_id, case status when 'ENROLLED' then 0 else coalesce(reserve_position, -1) end
           )) as sum
    from registration.events
    where version is not null
    group by course_id
), held as (
    select course_id, sum(uuid_hash_extended(student_id, coalesce(reserve_position, 0))) as sum
    from registration.course_registrations
    group by course_id
), irregular as (
    select course_id
    from registration.course_registrations
    group by course_id
    having count(distinct student_id) < count(*)
    union all
    select course_id
    from registration.course_registrations
    where status = 'RESERVED'
    group by course_id
    having (count(distinct reserve_position), min(reserve_position)) is distinct from (max(reserve_position)::bigint, 1)
        or count(*) <> max(reserve_position)
), unclear as (
    select course_id
    from told
    full join held using (course_id)
    where told.sum is distinct from held.sum or told.moved or told.lowest_offset <> told.highest_offset
       or course_id in (select course_id from irregular)
), followed as materialized (
    select course_id, student_id, version, id, action, status, promoted_student_id
    from registration.events
    where version is not null and course_id in (select course_id from unclear)
), changes as (
    select course_id, student_id, version, id, action, case action when 'register' then status end as status
    from followed
    union all
    select course_id, promoted_student_id, version, id, 'promotion', 'ENROLLED'
    from followed
    where promoted_student_id is not null
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
), registered as (
    select course_id, student_id, status, reserve_position
    from registration.course_registrations
    where course_id in (select course_id from unclear)
)
select coalesce(c.course_name, 'no such course') as entity,
       coalesce(concat_ws(' ', e.status, e.reserve_position), 'none') as expected,
       coalesce(concat_ws(' ', r.status, r.reserve_position), 'none') as actual,
       coalesce(s.student_number, 'student') || ' ' || student_id || ', course ' || course_id as detail
from replayed e
full join registered r using (course_id, student_id)
left join registration.courses c on c.id = course_id
left join registration.students s on s.id = student_id
where (e.status, e.reserve_position) is distinct from (r.status, r.reserve_position)
