-- invariant:  What a client was told is what was stored: who, what, where, and the answer or the refusal's code.
-- population: select count(*) from operations where outcome <> 'info'
-- severity:   critical
-- A refused write that happened is phantom, an acknowledged one of which nothing is stored is lost.
with stored as (
    select op_id, student_id, course_id, action, version,
           case
               when version is null then jsonb_build_object('code', refusal)
               when action = 'register' then jsonb_build_object(
                   'course_id', course_id, 'status', status, 'reserve_position', reserve_position
               )
               else jsonb_build_object(
                   'course_id', course_id, 'dropped_status', status,
                   'promoted_student_id', promoted_student_id, 'promoted_from_position', promoted_from_position
               )
           end as answer
    from registration.events
    where op_id is not null
)
select o.op_id as entity, concat_ws(' ', o.action, 'by', o.actor, 'for', o.entity, o.answer) as expected,
       string_agg(concat_ws(' ', e.action, 'by', e.student_id, 'for', e.course_id, e.answer), '; ') as actual,
       concat_ws(' ', min(s.student_number), 'was told by', min(c.course_name), 'in attempt', o.attempt) as detail
from operations o
join stored e on e.op_id = o.op_id
left join registration.courses c on c.id::text = o.entity
left join registration.students s on s.id::text = o.actor
where o.outcome = 'ok' or (o.outcome = 'fail' and e.version is null)
group by o.op_id, o.attempt, o.action, o.actor, o.entity, o.answer
having bool_or(
    (e.student_id::text, e.course_id::text, e.action) = (o.actor, o.entity, o.action) and o.answer @> e.answer
) is not true
