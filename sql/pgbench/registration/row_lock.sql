-- The transaction of the target under LOCKING=row_lock (api/registration/queries.py, api/guards/writes.py), for pgbench,
-- in three round trips: the target sends the reads along with the lock, which a script that uses the answer cannot. Left
-- out is what only a drop needs; added are look-ups that turn numbers into ids. What the target writes as JSON documents
-- are lists here. Every client registers students of its own, all for the same course at a time.
\set i :i + 1
\set place :first + :i * :clients + :client_id
\set student :place % :students
\set course :place / :students
\startpipeline
begin;
select from registration.courses
where id = (select id from stampede.pgbench_courses where n = :course::integer)
for no key update;
\endpipeline
select c.id as course_id, c.max_capacity, c.reserve_limit, c.enrolled_count, c.reserved_count, c.version,
       now() between s.registration_start and s.registration_end as is_open,
       asked.student_id, r.status as held_status, r.reserve_position as held_position
from unnest((select array[id] from stampede.pgbench_students where n = :student::integer))
    with ordinality as asked (student_id, place)
left join registration.courses c on c.id = (select id from stampede.pgbench_courses where n = :course::integer)
left join registration.semesters s on s.id = c.semester_id
left join lateral (
    select * from registration.course_registrations r where r.course_id = c.id and r.student_id = asked.student_id limit 1
) r on true
order by asked.place
\gset
\startpipeline
select asked.place, e.request_hash, e.refusal, e.answer
from unnest(array['pgbench.' || :place::text], array[:student_id::uuid])
    with ordinality as asked (op_id, actor, place)
cross join lateral (
    select request_hash, refusal, answer
    from registration.events e
    where e.op_id = asked.op_id and e.student_id = asked.actor
    limit 1
) e;
with course as (
    update registration.courses
    set enrolled_count = :enrolled_count::integer + 1, reserved_count = :reserved_count::integer,
        version = :version::bigint + 1
    where id = :course_id::uuid and (null::bigint is null or version = null)
    returning id
), gone as (
    delete from registration.course_registrations r
    using course
    where r.course_id = course.id and r.student_id = any ('{}'::uuid[])
), moved as (
    update registration.course_registrations r
    set status = m.status, reserve_position = m.reserve_position
    from course, unnest('{}'::uuid[], '{}'::text[], '{}'::integer[]) as m (student_id, status, reserve_position)
    where r.course_id = course.id and r.student_id = m.student_id
), placed as (
    insert into registration.course_registrations (course_id, student_id, status, reserve_position)
    select course.id, p.*
    from course, unnest(array[:student_id::uuid], array['ENROLLED'], array[null::integer]) as p
)
select count(*) as written from course;
insert into registration.events
    (course_id, student_id, version, action, status, reserve_position,
     promoted_student_id, promoted_from_position, refusal, op_id, request_hash, answer)
select *
from unnest(array[:course_id::uuid], array[:student_id::uuid], array[:version::bigint + 1], array['register'],
            array['ENROLLED'], array[null::integer], array[null::uuid], array[null::integer], array[null::text],
            array['pgbench.' || :place::text], array['pgbench.pgbench.pgbench.pgbench.'],
            array[jsonb_build_object('course_id', :course_id::uuid, 'status', 'ENROLLED', 'reserve_position', null)]);
commit;
\endpipeline
