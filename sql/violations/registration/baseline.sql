-- Planted before every violation: a short history of writes that are all right, so that the audits have something to
-- look at, and names for the rows it touches. World: 6 courses of 5 and 20 seats in turn with 4 places in the queue.
--   0001  5 seats, full, queue full                        nobody dropped
--   0002  20 seats, full, 2 in the queue                   somebody dropped
--   0003  5 seats, full, 3 in the queue (TEST100038, 39, 41)  nobody dropped
--   0004  20 seats, 3 taken                                somebody dropped
--   0005  5 seats, 1 taken (TEST100046)                    nobody dropped

create function pg_temp.course(number text) returns uuid stable
    return (select id from registration.courses where course_name like '% ' || number);
create function pg_temp.student(number integer) returns uuid stable
    return (select id from registration.students where student_number = 'TEST' || 100000 + number);

create temporary table operations (
    op_id text, attempt integer, worker text, actor text, action text, entity text, args jsonb,
    invoked_at double precision, completed_at double precision, outcome text, status integer, answer jsonb
);

-- The history of a client that was told the truth about a stored event.
create function pg_temp.tell(stored_op_id text) returns void begin atomic
    insert into operations
        (op_id, attempt, worker, actor, action, entity, invoked_at, completed_at, outcome, status, answer)
    select op_id, 1, '0', student_id, action, course_id, 0, 1,
           case when version is null then 'fail' else 'ok' end,
           case refusal when 'course_full' then 409 when 'not_registered' then 404 else 200 end,
           case
               when version is null then jsonb_build_object('code', refusal)
               when action = 'register' then jsonb_build_object(
                   'course_id', course_id, 'status', status, 'reserve_position', reserve_position
               )
               else jsonb_build_object(
                   'course_id', course_id, 'dropped_status', status,
                   'promoted_student_id', promoted_student_id, 'promoted_from_position', promoted_from_position
               )
           end
    from registration.events
    where op_id = stored_op_id;
end;

insert into registration.events
    (course_id, student_id, version, action, status, reserve_position, promoted_student_id, promoted_from_position,
     refusal, op_id, request_hash)
select pg_temp.course(course), pg_temp.student(student), version, action, status, reserve_position,
       pg_temp.student(promoted), from_position, refusal, op_id, 'hash of ' || op_id
from (values
    ('0004', 40, 1, 'register', 'ENROLLED', null, null, null, null, 'enrolled'),
    ('0003', 41, 8, 'register', 'RESERVED', 3, null, null, null, 'reserved'),
    ('0001', 42, null, 'register', null, null, null, null, 'course_full', 'refused'),
    ('0002', 9, 25, 'drop', 'ENROLLED', null, 29, 1, null, 'promoting'),
    ('0002', 31, 26, 'drop', 'RESERVED', 2, null, null, null, 'left-queue'),
    ('0004', 43, 2, 'register', 'ENROLLED', null, null, null, null, 'retried'),
    ('0004', 44, 3, 'register', 'ENROLLED', null, null, null, null, 'unanswered'),
    ('0004', 45, 4, 'register', 'ENROLLED', null, null, null, null, 'came'),
    ('0004', 45, 5, 'drop', 'ENROLLED', null, null, null, null, 'left'),
    ('0004', 47, null, 'drop', null, null, null, null, 'not_registered', 'refused-drop'),
    ('0005', 46, 1, 'register', 'ENROLLED', null, null, null, null, 'alone')
) as event (course, student, version, action, status, reserve_position, promoted, from_position, refusal, op_id);

select pg_temp.tell(op_id) from registration.events where op_id is not null;

-- Nobody knows: one was stored and answered when asked again, one was stored, one never arrived. One was refused at
-- the door, as without a valid token, and asked again.
update operations set attempt = 2 where op_id in ('retried', 'alone');
update operations set outcome = 'info', status = 0, answer = null where op_id = 'unanswered';
insert into operations (op_id, attempt, worker, actor, action, entity, invoked_at, outcome, status, answer) values
    ('retried', 1, '0', pg_temp.student(43), 'register', pg_temp.course('0004'), 0, 'info', 0, null),
    ('never-arrived', 1, '0', pg_temp.student(48), 'register', pg_temp.course('0004'), 0, 'info', 0, null),
    ('alone', 1, '0', pg_temp.student(46), 'register', pg_temp.course('0005'), 0, 'fail', 401,
     '{"code": "invalid_token"}');

delete from registration.registrations where course_id = pg_temp.course('0002') and student_id = pg_temp.student(9);
delete from registration.registrations where course_id = pg_temp.course('0002') and student_id = pg_temp.student(31);
update registration.registrations
set status = 'ENROLLED', reserve_position = null
where course_id = pg_temp.course('0002') and student_id = pg_temp.student(29);
update registration.registrations
set reserve_position = case reserve_position when 2 then 1 else 2 end
where course_id = pg_temp.course('0002') and status = 'RESERVED';
insert into registration.registrations (course_id, student_id, status, reserve_position) values
    (pg_temp.course('0004'), pg_temp.student(40), 'ENROLLED', null),
    (pg_temp.course('0003'), pg_temp.student(41), 'RESERVED', 3),
    (pg_temp.course('0004'), pg_temp.student(43), 'ENROLLED', null),
    (pg_temp.course('0004'), pg_temp.student(44), 'ENROLLED', null),
    (pg_temp.course('0005'), pg_temp.student(46), 'ENROLLED', null);

update registration.courses set reserved_count = 2, version = 26 where id = pg_temp.course('0002');
update registration.courses set reserved_count = 3, version = 8 where id = pg_temp.course('0003');
update registration.courses set enrolled_count = 3, version = 5 where id = pg_temp.course('0004');
update registration.courses set enrolled_count = 1, version = 1 where id = pg_temp.course('0005');
