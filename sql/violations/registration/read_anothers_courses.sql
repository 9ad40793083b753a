-- plants: Two students were shown each other's courses.
-- fires:  audit:read_wrongly
update operations set answer = case op_id
    when 'looked-40' then pg_temp.my_courses(pg_temp.student(46)) else pg_temp.my_courses(pg_temp.student(40))
end
where op_id in ('looked-40', 'looked-46');
