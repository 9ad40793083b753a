-- plants: The drop promoted a student and did not tell.
-- fires:  audit:mismatched
update operations set answer = answer || '{"promoted_student_id": null, "promoted_from_position": null}'
where op_id = 'promoting';
