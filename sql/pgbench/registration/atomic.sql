-- The statement of the target under LOCKING=atomic, for pgbench: one round trip.
\set i :i + 1
\set place :first + :i * :clients + :client_id
\set student :place % :students
\set course :place / :students
select *
from registration.decide(
    'register',
    (select id from stampede.pgbench_courses where n = :course::integer),
    (select id from stampede.pgbench_students where n = :student::integer),
    'pgbench.' || :place::text,
    'pgbench.pgbench.pgbench.pgbench.'
);
