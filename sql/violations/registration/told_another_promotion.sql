-- plants: The drop told of another student's promotion.
-- fires:  audit:mismatched
update operations set answer = answer || jsonb_build_object('promoted_student_id', pg_temp.student(30))
where op_id = 'promoting';
