-- Course registration (seed document 000). The tables are filled first; what stands below the
-- line "load first, constrain later" is applied after the bulk load.

create schema registration;

create table registration.students (
    id              uuid not null,
    student_number  text not null,
    full_name       text not null,
    password_hash   text not null
);

create table registration.semesters (
    id                  uuid not null,
    name                text not null,
    registration_start  timestamptz not null,
    registration_end    timestamptz not null,
    created_at          timestamptz not null default now(),
    updated_at          timestamptz not null default now()
);

-- The parent row of every contended decision: its counters and its version are read, decided on
-- and written back. Half of each page stays free so that the updates of a hot course stay on it.
create table registration.courses (
    id              uuid not null,
    semester_id     uuid not null,
    course_name     text not null,
    professor       text not null,
    schedule        text not null,
    max_capacity    integer not null,
    reserve_limit   integer not null,
    enrolled_count  integer not null default 0,
    reserved_count  integer not null default 0,
    version         bigint not null default 0,
    created_at      timestamptz not null default now(),
    updated_at      timestamptz not null default now()
) with (fillfactor = 50);

-- Live registrations only: a drop deletes the row, the event keeps the memory.
create table registration.course_registrations (
    course_id         uuid not null,
    student_id        uuid not null,
    status            text not null,
    reserve_position  integer,
    created_at        timestamptz not null default now()
);

-- Append-only. One row per decided write. A row with a version changed its course, and the rows
-- of a course in version order replay to its present state. A row without one is a refusal: it
-- changed nothing and is kept so that its Idempotency-Key gets the same answer again. The answer
-- that was given is kept beside the columns that it was made of: answers_match_rows.
create table registration.events (
    id                      bigint generated always as identity,
    course_id               uuid not null,
    student_id              uuid not null,
    version                 bigint,
    action                  text not null,
    status                  text,       -- given by a register, held until a drop
    reserve_position        integer,    -- given by a register, held until a drop
    promoted_student_id     uuid,
    promoted_from_position  integer,
    refusal                 text,       -- problem code
    op_id                   text,       -- Idempotency-Key; null where the client sent none
    request_hash            text,       -- what the key was first used for
    answer                  json,       -- to the byte; null for a refusal
    seeded                  boolean not null default false,
    occurred_at             timestamptz not null default now()
);

-- The whole decision in one statement, for LOCKING=atomic: the rules of api/registration/rules.py once more.
-- Volatile, as functions are: each statement in it has a snapshot younger than the wait for the lock.
-- The function returns the event's answer; if an earlier write stored the event, it also returns that write's hash. It
-- looks the student up for a refusal only: a seat of an unknown student violates course_registrations_student_id_fkey.
create function registration.decide(
    asked_action text, asked_course uuid, asked_student uuid, asked_op_id text, asked_hash text,
    out refusal text, out answer json, out request_hash text
) language plpgsql as $$
declare
    course registration.courses;
    held registration.course_registrations;
    is_open boolean;
    status text;
    reserve_position integer;
    promoted_student_id uuid;
    promoted_from_position integer;
begin
    select * into course from registration.courses c where c.id = asked_course for no key update;
    select e.refusal, e.answer, e.request_hash into refusal, answer, request_hash
    from registration.events e where e.student_id = asked_student and e.op_id = asked_op_id;
    if request_hash is not null then
        return;
    end if;
    select now() between s.registration_start and s.registration_end into is_open
    from registration.semesters s where s.id = course.semester_id;
    select * into held from registration.course_registrations r
    where r.course_id = asked_course and r.student_id = asked_student;

    refusal := case
        when course.id is null then 'course_not_found'
        when not is_open then 'registration_closed'
        when asked_action = 'drop' and held.course_id is null then 'not_registered'
        when asked_action = 'register' and held.course_id is not null then 'already_registered'
        when asked_action = 'register' and course.enrolled_count >= course.max_capacity
             and course.reserved_count >= course.reserve_limit then 'course_full'
    end;
    if refusal is not null then
        if not exists (select from registration.students t where t.id = asked_student) then
            refusal := 'invalid_token';
        elsif course.id is not null and asked_op_id is not null then
            insert into registration.events (course_id, student_id, action, refusal, op_id, request_hash)
            values (asked_course, asked_student, asked_action, refusal, asked_op_id, asked_hash);
        end if;
        return;
    end if;

    if asked_action = 'register' then
        if course.enrolled_count < course.max_capacity then
            status := 'ENROLLED';
            course.enrolled_count := course.enrolled_count + 1;
        else
            status := 'RESERVED';
            course.reserved_count := course.reserved_count + 1;
            reserve_position := course.reserved_count;
        end if;
        insert into registration.course_registrations (course_id, student_id, status, reserve_position)
        values (asked_course, asked_student, status, reserve_position);
        answer := json_build_object(
            'course_id', asked_course, 'status', status, 'reserve_position', reserve_position
        );
    else
        status := held.status;
        reserve_position := held.reserve_position;
        delete from registration.course_registrations r
        where r.course_id = asked_course and r.student_id = asked_student;
        if status = 'RESERVED' or course.reserved_count > 0 then
            course.reserved_count := course.reserved_count - 1;
        else
            course.enrolled_count := course.enrolled_count - 1;
        end if;
        if status = 'ENROLLED' then
            update registration.course_registrations r set status = 'ENROLLED', reserve_position = null
            where r.course_id = asked_course and r.status = 'RESERVED' and r.reserve_position = 1
            returning r.student_id, 1 into promoted_student_id, promoted_from_position;
        end if;
        update registration.course_registrations r set reserve_position = r.reserve_position - 1
        where r.course_id = asked_course and r.status = 'RESERVED'
          and r.reserve_position > coalesce(held.reserve_position, 1);
        answer := json_build_object(
            'course_id', asked_course, 'dropped_status', status,
            'promoted_student_id', promoted_student_id, 'promoted_from_position', promoted_from_position
        );
    end if;
    update registration.courses c
    set enrolled_count = course.enrolled_count, reserved_count = course.reserved_count, version = course.version + 1
    where c.id = asked_course;
    insert into registration.events
        (course_id, student_id, version, action, status, reserve_position,
         promoted_student_id, promoted_from_position, op_id, request_hash, answer)
    values (asked_course, asked_student, course.version + 1, asked_action, status, reserve_position,
            promoted_student_id, promoted_from_position, asked_op_id, asked_hash, answer);
end
$$;

-- load first, constrain later

alter table registration.students
    add constraint students_pkey primary key (id),
    add constraint students_student_number_key unique (student_number);

alter table registration.semesters
    add constraint semesters_pkey primary key (id),
    add constraint semesters_window_check check (registration_start < registration_end);

alter table registration.courses
    add constraint courses_pkey primary key (id),
    add constraint courses_semester_id_fkey foreign key (semester_id) references registration.semesters,
    add constraint courses_limits_check check (max_capacity > 0 and reserve_limit >= 0);

create index courses_semester_id_idx on registration.courses (semester_id, course_name);

-- Kept: what a row must look like by itself, and that it points at something. These hold under
-- every locking strategy, right or wrong.
alter table registration.course_registrations
    add constraint course_registrations_course_id_fkey foreign key (course_id) references registration.courses,
    add constraint course_registrations_student_id_fkey foreign key (student_id) references registration.students,
    add constraint course_registrations_status_check check (status in ('ENROLLED', 'RESERVED')),
    add constraint course_registrations_position_check check ((status = 'RESERVED') = (reserve_position is not null));

alter table registration.events
    add constraint events_pkey primary key (id),
    add constraint events_action_check check (action in ('register', 'drop')),
    add constraint events_refusal_check check ((version is null) = (refusal is not null)),
    add constraint events_answer_check check (refusal is null or answer is null);

-- Idempotency is not the strategy's work: two requests with one key may name two courses, and no
-- lock on a course can tell them apart.
create unique index events_op_id_key on registration.events (student_id, op_id) where op_id is not null;

-- Left out on purpose, because a constraint would do the lock's work and a wrong strategy would
-- fail instead of overselling; sql/checks/registration/ looks for what they would have forbidden:
--   unique (course_id, student_id) on course_registrations        one_registration_per_student
--   unique (course_id, reserve_position) on course_registrations  reserve_position_unique
--   unique (course_id, version) on events                  event_versions_contiguous
--   check (enrolled_count <= max_capacity) on courses      enrolled_within_capacity
--   check (reserved_count <= reserve_limit) on courses     reserved_within_limit
-- Left out for speed: foreign keys on events. The log outlives what it tells of, and
-- events_replay_to_registrations finds an event that points nowhere.
create index course_registrations_course_student_idx on registration.course_registrations (course_id, student_id);
create index course_registrations_student_idx on registration.course_registrations (student_id);
create index course_registrations_queue_idx on registration.course_registrations (course_id, reserve_position)
    where status = 'RESERVED';
create index events_course_version_idx on registration.events (course_id, version);
