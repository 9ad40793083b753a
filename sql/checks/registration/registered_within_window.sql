-- invariant:  Nobody registered or dropped outside the registration window of the course's semester.
-- population: select count(*) from registration.courses
-- severity:   critical
-- The events too: a student who has dropped since left no other trace.
with registered as (
    select course_id, min(moment) as first_moment, max(moment) as last_moment
    from (
        select course_id, created_at as moment
        from registration.registrations
        union all
        select course_id, occurred_at
        from registration.events
        where version is not null
    ) moments
    group by course_id
)
select c.course_name as entity, 'from ' || s.registration_start || ' to ' || s.registration_end as expected,
       'from ' || r.first_moment || ' to ' || r.last_moment as actual, 'course ' || c.id || ', ' || s.name as detail
from registration.courses c
left join registration.semesters s on s.id = c.semester_id
left join registered r on r.course_id = c.id
where r.first_moment < s.registration_start or r.last_moment > s.registration_end
