-- One row per decided write. Of the seeded events only the last of each course: it names the version that the run
-- starts from. A refused effect changed nothing and has no version. `given_up`, the position that a drop frees, is not
-- answered: sql/audit/registration looks at it.
with bases as (
    select course_id, max(version) as version
    from registration.events
    where seeded
    group by course_id
)
select e.op_id, null::text as key, e.student_id::text as actor, e.action, 'course ' || e.course_id as entity, e.version,
       e.refusal as refused,
       case
           when e.refusal is not null then null
           when e.action = 'register' then
               '{"course_id":"' || e.course_id || '","status":' || coalesce(to_json(e.status)::text, '"null"')
               || ',"reserve_position":' || coalesce(e.reserve_position::text, '"null"') || '}'
           else
               '{"course_id":"' || e.course_id || '","dropped_status":' || coalesce(to_json(e.status)::text, '"null"')
               || ',"given_up":' || coalesce(e.reserve_position::text, '"null"')
               || ',"promoted_student_id":"' || coalesce(e.promoted_student_id::text, 'null')
               || '","promoted_from_position":' || coalesce(e.promoted_from_position::text, '"null"') || '}'
       end as answer,
       e.seeded, extract(epoch from e.occurred_at)::float8 as occurred_at
from registration.events e
left join bases b on b.course_id = e.course_id
where not e.seeded or e.version is not distinct from b.version
