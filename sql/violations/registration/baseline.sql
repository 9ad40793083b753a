-- Planted before every violation: a short history of writes and reads that are all right, so that the audits have
-- something to look at, and names for the rows it touches. Each operation ends before the next one begins.
-- world: {"students": 200, "courses": 6, "capacity": [5, 20], "reserve_limit": 4, "registrations": 40, "password_cost": 4}
--   0001  5 seats, full, queue full                        nobody dropped
--   0002  20 seats, full, 2 in the queue                   somebody dropped
--   0003  5 seats, full, 3 in the queue (TEST100038, 39, 41)  nobody dropped
--   0004  20 seats, 3 taken                                somebody dropped
--   0005  5 seats, 1 taken (TEST100046)                    nobody dropped
--   Algorithms                                             its window is closed

create function pg_temp.course(number text) returns uuid stable
    return (select id from registration.courses where course_name like '% ' || number or course_name = number);
create function pg_temp.student(number integer) returns uuid stable
    return (select id from registration.students where student_number = 'TEST' || 100000 + number);
create function pg_temp.semester() returns uuid stable
    return (select id from registration.semesters where name = 'Testing Open Window');

create temporary table operations (
    op_id text, attempt integer, worker text, client text, kind text, actor text, action text, entities text[],
    args jsonb, key text, invoked_at double precision, completed_at double precision, outcome text, code text,
    answer jsonb
);
create temporary sequence ticks;
-- The moment of the next operation; each takes half of the time until then.
create function pg_temp.tick() returns double precision volatile
    return floor(extract(epoch from now())) + 0.001 * nextval('ticks');

-- What one student did or saw; one student is one client.
create function pg_temp.tell(
    told_op_id text, kind text, student uuid, action text, entity text, outcome text, code text, answer jsonb
) returns void language sql as $$
    insert into operations
    select told_op_id, 1, '0', '0.' || student, tell.kind,
           case when tell.action like 'list%' then '' else student::text end, tell.action,
           array[entity], null, null, t, t + 0.0005, tell.outcome, tell.code, tell.answer
    from pg_temp.tick() as t
$$;
-- The answer that an event stands for; null for a refusal.
create function pg_temp.answer(event registration.events) returns jsonb immutable return case
    when event.refusal is not null then null
    when event.action = 'register' then jsonb_build_object(
        'course_id', event.course_id, 'status', event.status, 'reserve_position', event.reserve_position
    )
    else jsonb_build_object(
        'course_id', event.course_id, 'dropped_status', event.status,
        'promoted_student_id', event.promoted_student_id, 'promoted_from_position', event.promoted_from_position
    )
end;
-- The history of a client that was told the truth about a stored event.
create function pg_temp.tell(stored_op_id text) returns void language sql as $$
    select pg_temp.tell(
        op_id, 'write', student_id, action, 'course ' || course_id,
        case when version is null then 'refused' else 'ok' end, refusal, answer::jsonb
    )
    from registration.events
    where op_id = stored_op_id
$$;
create function pg_temp.refuse(told_op_id text, student uuid, action text, course uuid, code text) returns void
return pg_temp.tell(told_op_id, 'write', student, action, 'course ' || course, 'refused', code, null);

-- As the API writes it: JSON leaves out zeros at the end of a fraction.
create function pg_temp.iso(moment timestamptz) returns text stable
    return (to_json(moment at time zone 'utc') #>> '{}') || '+00:00';
create function pg_temp.description(c registration.courses) returns jsonb stable
    return to_jsonb(c) - '{enrolled_count,reserved_count,version}'::text[] || jsonb_build_object(
        'created_at', pg_temp.iso(c.created_at), 'updated_at', pg_temp.iso(c.updated_at)
    );
-- What a student is shown of the courses that he or she holds, as the tables are now.
create function pg_temp.my_courses(student uuid) returns jsonb stable return jsonb_build_object(
    'items', (
        select coalesce(jsonb_agg(jsonb_build_object(
            'entity', 'course ' || c.id, 'facts', jsonb_build_object(
                'course_id', c.id, 'course_name', c.course_name, 'professor', c.professor, 'schedule', c.schedule,
                'status', r.status, 'reserve_position', r.reserve_position
            )
        )), '[]')
        from registration.course_registrations r
        join registration.courses c on c.id = r.course_id
        where r.student_id = student
    ),
    'claim', jsonb_build_object('of', 'course', 'mine', true, 'where', jsonb_build_object('semester_id', pg_temp.semester())),
    'counts', '{}'::jsonb, 'stale_s', 0
);
create function pg_temp.look(told_op_id text, student integer) returns void return pg_temp.tell(
    told_op_id, 'read', pg_temp.student(student), 'my_courses', 'semester ' || pg_temp.semester(), 'ok', null,
    pg_temp.my_courses(pg_temp.student(student))
);

-- A key comes with the hash of its request.
create function pg_temp.hash_key() returns trigger language plpgsql as $$
begin
    new.request_hash := md5(new.op_id);
    return new;
end
$$;
create trigger hash_key before insert or update of op_id on registration.events
for each row execute function pg_temp.hash_key();
create function pg_temp.keep_answer() returns trigger language plpgsql as $$
begin
    new.answer := pg_temp.answer(new);
    return new;
end
$$;
create trigger keep_answer before insert on registration.events
for each row execute function pg_temp.keep_answer();

insert into registration.events
    (course_id, student_id, version, action, status, reserve_position, promoted_student_id, promoted_from_position,
     refusal, op_id)
select pg_temp.course(course), pg_temp.student(student), version, action, status, reserve_position,
       pg_temp.student(promoted), from_position, refusal, op_id
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
    ('0005', 46, 1, 'register', 'ENROLLED', null, null, null, null, 'alone'),
    ('0005', 46, null, 'register', null, null, null, null, 'already_registered', 'refused-again'),
    ('Algorithms', 46, null, 'register', null, null, null, null, 'registration_closed', 'refused-closed')
) as event (course, student, version, action, status, reserve_position, promoted, from_position, refusal, op_id);

select pg_temp.tell(op_id) from (select op_id from registration.events where op_id is not null order by id) stored;

-- Unknown outcomes: one was stored and answered when asked again, one was stored, one never arrived.
update operations set outcome = 'unknown', code = 'timeout', completed_at = null, answer = null
where op_id = 'unanswered';
update operations set attempt = 2 where op_id = 'retried';
insert into operations
select op_id, 1, worker, client, kind, actor, action, entities, null, null, invoked_at - 0.0001, null, 'unknown',
       'timeout'
from operations
where op_id = 'retried';
select pg_temp.tell('never-arrived', 'write', pg_temp.student(48), 'register', 'course ' || pg_temp.course('0004'),
                    'unknown', 'timeout', null);
update operations set completed_at = null where op_id = 'never-arrived';

delete from registration.course_registrations where course_id = pg_temp.course('0002') and student_id = pg_temp.student(9);
delete from registration.course_registrations where course_id = pg_temp.course('0002') and student_id = pg_temp.student(31);
update registration.course_registrations
set status = 'ENROLLED', reserve_position = null
where course_id = pg_temp.course('0002') and student_id = pg_temp.student(29);
update registration.course_registrations
set reserve_position = case reserve_position when 2 then 1 else 2 end
where course_id = pg_temp.course('0002') and status = 'RESERVED';
insert into registration.course_registrations (course_id, student_id, status, reserve_position) values
    (pg_temp.course('0004'), pg_temp.student(40), 'ENROLLED', null),
    (pg_temp.course('0003'), pg_temp.student(41), 'RESERVED', 3),
    (pg_temp.course('0004'), pg_temp.student(43), 'ENROLLED', null),
    (pg_temp.course('0004'), pg_temp.student(44), 'ENROLLED', null),
    (pg_temp.course('0005'), pg_temp.student(46), 'ENROLLED', null);

update registration.courses set reserved_count = 2, version = 26 where id = pg_temp.course('0002');
update registration.courses set reserved_count = 3, version = 8 where id = pg_temp.course('0003');
update registration.courses set enrolled_count = 3, version = 5 where id = pg_temp.course('0004');
update registration.courses set enrolled_count = 1, version = 1 where id = pg_temp.course('0005');

-- One answer was fetched again with its key, and everything was looked at.
insert into operations
select op_id, 2, worker, client, kind, actor, action, entities, args, key, t, t + 0.0005, outcome, code, answer
from operations
cross join pg_temp.tick() t
where op_id = 'came';
select pg_temp.look('looked-' || student, student) from unnest(array[30, 32, 40, 41, 44, 45, 46]) student;
select pg_temp.tell(
    'listed', 'read', pg_temp.student(40), 'list_courses', 'semester ' || pg_temp.semester(), 'ok', null,
    jsonb_build_object(
        'items', jsonb_agg(jsonb_build_object('entity', 'course ' || c.id, 'facts', pg_temp.description(c))),
        'claim', jsonb_build_object('of', 'course', 'where', jsonb_build_object(
            'semester_id', pg_temp.semester()
        )),
        'counts', '{}'::jsonb, 'stale_s', 0
    ))
from registration.courses c
where semester_id = pg_temp.semester();
select pg_temp.tell('listed-semesters', 'read', pg_temp.student(40), 'list_semesters', '', 'ok', null,
    jsonb_build_object(
        'items', jsonb_agg(jsonb_build_object('entity', 'semester ' || s.id, 'facts', jsonb_build_object(
            'id', s.id, 'name', s.name, 'registration_start', pg_temp.iso(s.registration_start),
            'registration_end', pg_temp.iso(s.registration_end), 'created_at', pg_temp.iso(s.created_at),
            'updated_at', pg_temp.iso(s.updated_at)
        ))),
        'claim', '{"of": "semester"}'::jsonb, 'counts', '{}'::jsonb, 'stale_s', 0
    ))
from registration.semesters s;
select pg_temp.tell('looked-for-nothing', 'read', pg_temp.student(40), 'view_course',
                    'course 00000000-0000-0000-0000-000000000001', 'refused', 'course_not_found', null);
