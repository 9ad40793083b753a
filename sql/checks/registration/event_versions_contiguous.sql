-- invariant:  The versions of each course's events are exactly 1..courses.version, none twice.
-- population: select count(*) from registration.courses
-- severity:   critical
select coalesce(c.course_name, 'no such course') as entity,
       'versions 1..' || coalesce(c.version, 0) || ', each once' as expected,
       coalesce(e.events, 0) || ' events with ' || coalesce(e.versions, 0) || ' versions from '
           || coalesce(e.first_version::text, 'none') || ' to ' || coalesce(e.last_version::text, 'none') as actual,
       'course ' || coalesce(c.id, e.course_id) as detail
from registration.courses c
full join (
    select course_id, count(*) as events, count(distinct version) as versions,
           min(version) as first_version, max(version) as last_version
    from registration.events
    where version is not null
    group by course_id
) e on e.course_id = c.id
where (coalesce(e.events, 0), coalesce(e.versions, 0), coalesce(e.last_version, 0), coalesce(e.first_version, 1))
      is distinct from (c.version, c.version, c.version, 1::bigint)
