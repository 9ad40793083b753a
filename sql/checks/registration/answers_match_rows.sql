-- invariant:  The stored answer of each granted write is what its event says: a repeated key is answered the truth again.
-- population: select count(*) from registration.courses
-- severity:   critical
-- Seeded events have no answer. Both sides are documents, so that a field more is another answer, too.
select coalesce(c.course_name, 'no such course') as entity, x.answer::text as expected, coalesce(e.answer::text, 'no answer') as actual,
       e.action || ', event ' || e.id as detail
from registration.events e
left join registration.courses c on c.id = e.course_id
cross join lateral (
    select case e.action
        when 'register' then jsonb_build_object(
            'course_id', e.course_id, 'status', e.status, 'reserve_position', e.reserve_position
        )
        else jsonb_build_object(
            'course_id', e.course_id, 'dropped_status', e.status,
            'promoted_student_id', e.promoted_student_id, 'promoted_from_position', e.promoted_from_position
        )
    end as answer
) x
where e.refusal is null and not e.seeded and e.answer::jsonb is distinct from x.answer
