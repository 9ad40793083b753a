-- invariant:  Every register and drop lies within the registration window of the course's semester.
-- population: select count(*) from registration.courses
-- severity:   critical
-- The events are checked as well: a dropped registration leaves no other row.
with registered as (
    select course_id, min(moment) as first_moment, max(moment) as last_moment
    from (
        select course_id, created_at as moment
        from registration.course_registrations
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
