-- invariant:  The reserve positions of each course are exactly 1..n.
-- population: select count(*) from registration.courses
-- severity:   critical
select c.course_name as entity, 'positions 1..' || queue.length || ', each once' as expected,
       'positions ' || queue.positions::text as actual, 'course ' || c.id as detail
from registration.courses c
left join (
    select course_id, count(*) as length, array_agg(reserve_position::bigint order by reserve_position) as positions
    from registration.course_registrations
    where status = 'RESERVED'
    group by course_id
) queue on queue.course_id = c.id
where coalesce(queue.positions, '{}') is distinct from array(select generate_series(1, queue.length))
