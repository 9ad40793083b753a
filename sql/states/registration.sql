-- What was true of each course, of each student in it and of each semester, from which version on. Everything that
-- moves is derived from the events: seats and queue are running counts; a reserve position is the position that the
-- register event gave, less the places that became free ahead of it since. The queue is first in, first out, so a place that became free
-- was ahead exactly of those who joined later. Seeded events give one state, at the last seeded version (the base).
-- JSON is concatenated, which costs a tenth of building it.
with courses as materialized (
    select c.*, coalesce(b.version, 0) as base, 'course ' || c.id as entity,
           '{"course_id":"' || c.id || '","semester_id":"' || c.semester_id || '","course_name":'
               || to_json(c.course_name) || ',"professor":' || to_json(c.professor) || ',"schedule":'
               || to_json(c.schedule) || ',"status":' as held
    from registration.courses c
    left join (
        select course_id, max(version) as version
        from registration.events
        where seeded
        group by course_id
    ) b on b.course_id = c.id
), counted as materialized (
    select course_id, student_id, version, action, status, reserve_position, promoted_student_id,
           sum(case
                   when action = 'register' then (status = 'ENROLLED')::integer
                   when status = 'ENROLLED' and promoted_student_id is null then -1
                   else 0
               end) over history as enrolled,
           sum(case
                   when action = 'register' then (status = 'RESERVED')::integer
                   when status = 'RESERVED' or promoted_student_id is not null then -1
                   else 0
               end) over history as reserved,
           sum((action = 'drop' and (status = 'RESERVED' or promoted_student_id is not null))::integer) over history
               as freed
    from registration.events
    where version is not null
    window history as (partition by course_id order by version rows unbounded preceding)
), filled as (
    select c.entity, e.version, e.enrolled >= c.max_capacity and e.reserved >= c.reserve_limit as is_full
    from counted e
    join courses c on c.id = e.course_id
    where e.version >= c.base
    union all
    select entity, 0, false
    from courses
    where base = 0
), queue_changes as (
    select course_id, student_id, version, action = 'register' as joins, reserve_position, freed
    from counted
    where status = 'RESERVED'
    union all
    select course_id, promoted_student_id, version, false, null, freed
    from counted
    where promoted_student_id is not null
), waits as materialized (
    select *
    from (
        select course_id, student_id, joins, version as joined_at, reserve_position as position,
               freed as freed_before, lead(version) over stay as left_at, lead(freed) over stay as left_as
        from queue_changes
        window stay as (partition by course_id, student_id order by version)
    ) stays
    where joins
), left_meanwhile as materialized (
    select w.course_id, w.student_id, w.joined_at, w.left_at, w.position, place.freed
    from waits w
    join (select course_id, max(freed) as freed from counted group by course_id) total using (course_id)
    cross join generate_series(w.freed_before + 1, coalesce(w.left_as - 1, total.freed)) as place (freed)
), queued as (
    select course_id, student_id, joined_at, left_at, joined_at as version, position
    from waits
    union all
    select w.course_id, w.student_id, w.joined_at, w.left_at, ahead.left_at,
           w.position - row_number() over (partition by w.course_id, w.student_id, w.joined_at order by w.freed)
    from left_meanwhile w
    join waits ahead on ahead.course_id = w.course_id and ahead.left_as = w.freed and ahead.joined_at < w.joined_at
), seated as (
    select course_id, student_id, version
    from counted
    where action = 'register' and status = 'ENROLLED'
    union all
    select course_id, promoted_student_id, version
    from counted
    where promoted_student_id is not null
), left_before as (
    select e.course_id, e.student_id, max(e.version) as version
    from counted e
    join courses c on c.id = e.course_id
    where e.action = 'drop' and e.version <= c.base
    group by e.course_id, e.student_id
)
select c.entity, s.student_id::text as actor, '' as aspect, greatest(s.version, c.base) as version,
       c.held || '"ENROLLED","reserve_position":"null"}' as facts, '["already_registered on register"]' as allows,
       null::float8 as from_time, null::float8 as until_time
from seated s
join courses c on c.id = s.course_id
left join left_before l on l.course_id = s.course_id and l.student_id = s.student_id
where s.version > c.base or (l.version > s.version) is not true
union all
select c.entity, q.student_id::text, '', greatest(q.version, c.base),
       c.held || '"RESERVED","reserve_position":' || coalesce(q.position::text, '"null"') || '}',
       '["already_registered on register"]', null, null
from (
    select *, lead(version, 1, left_at) over (partition by course_id, student_id, joined_at order by version)
        as next_version
    from queued
) q
join courses c on c.id = q.course_id
where (q.next_version <= c.base) is not true
union all
select c.entity, e.student_id::text, '', e.version, null, '[]', null, null
from counted e
join courses c on c.id = e.course_id
where e.action = 'drop' and e.version > c.base
union all
select entity, null, '', version, '{}', case when is_full then '["course_full on register"]' else '[]' end, null, null
from (
    select *, lag(is_full) over (partition by entity order by version) as was_full
    from filled
) f
where is_full is distinct from was_full
union all
select c.entity, null, w.aspect, 0, w.facts, w.allows, w.from_time, w.until_time
from courses c
join registration.semesters s on s.id = c.semester_id
cross join lateral (
    select to_json(c.created_at at time zone 'utc') #>> '{}' as created_at,
           to_json(c.updated_at at time zone 'utc') #>> '{}' as updated_at
) t
cross join lateral (values
    ('description', json_build_object(
        'id', c.id, 'semester_id', c.semester_id, 'course_name', c.course_name,
        'professor', c.professor, 'schedule', c.schedule, 'max_capacity', c.max_capacity,
        'reserve_limit', c.reserve_limit, 'created_at', t.created_at || '+00:00', 'updated_at', t.updated_at || '+00:00'
    )::text, '[]', null::float8, null::float8),
    ('before the window', '{}', '["registration_closed"]', null, extract(epoch from s.registration_start)::float8),
    ('after the window', '{}', '["registration_closed"]', extract(epoch from s.registration_end)::float8, null)
) w (aspect, facts, allows, from_time, until_time)
union all
select 'semester ' || s.id, null, '', 0, (
           -- As the API writes them: JSON leaves out zeros at the end of a fraction.
           select json_build_object('id', s.id, 'name', s.name)::jsonb || jsonb_object_agg(
               fact, to_json(moment at time zone 'utc') #>> '{}'
                   || '+00:00'
           )
           from (values
               ('registration_start', s.registration_start), ('registration_end', s.registration_end),
               ('created_at', s.created_at), ('updated_at', s.updated_at)
           ) t (fact, moment)
       )::text, '[]', null, null
from registration.semesters s
union all
select 'invalid', null, '', 0, '{}', '["invalid_request"]', null, null
