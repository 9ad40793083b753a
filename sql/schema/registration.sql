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
create table registration.registrations (
    course_id         uuid not null,
    student_id        uuid not null,
    status            text not null,
    reserve_position  integer,
    created_at        timestamptz not null default now()
);

-- Append-only. One row per decided write. A row with a version changed its course, and the rows
-- of a course in version order replay to its present state. A row without one is a refusal: it
-- changed nothing and is kept so that its Idempotency-Key gets the same answer again.
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
    seeded                  boolean not null default false,
    occurred_at             timestamptz not null default now()
);

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
alter table registration.registrations
    add constraint registrations_course_id_fkey foreign key (course_id) references registration.courses,
    add constraint registrations_student_id_fkey foreign key (student_id) references registration.students,
    add constraint registrations_status_check check (status in ('ENROLLED', 'RESERVED')),
    add constraint registrations_position_check check ((status = 'RESERVED') = (reserve_position is not null));

alter table registration.events
    add constraint events_pkey primary key (id),
    add constraint events_action_check check (action in ('register', 'drop')),
    add constraint events_refusal_check check ((version is null) = (refusal is not null));

-- Idempotency is not the strategy's work: two requests with one key may name two courses, and no
-- lock on a course can tell them apart.
create unique index events_op_id_key on registration.events (student_id, op_id) where op_id is not null;

-- Left out on purpose, because a constraint would do the lock's work and a wrong strategy would
-- fail instead of overselling; sql/checks/registration/ looks for what they would have forbidden:
--   unique (course_id, student_id) on registrations        one_registration_per_student
--   unique (course_id, reserve_position) on registrations  reserve_position_unique
--   unique (course_id, version) on events                  event_versions_contiguous
--   check (enrolled_count <= max_capacity) on courses      enrolled_within_capacity
--   check (reserved_count <= reserve_limit) on courses     reserved_within_limit
-- Left out for speed: foreign keys on events. The log outlives what it tells of, and
-- events_replay_to_registrations finds an event that points nowhere.
create index registrations_course_student_idx on registration.registrations (course_id, student_id);
create index registrations_student_idx on registration.registrations (student_id);
create index registrations_queue_idx on registration.registrations (course_id, reserve_position)
    where status = 'RESERVED';
create index events_course_version_idx on registration.events (course_id, version);
