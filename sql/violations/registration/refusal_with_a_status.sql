-- plants: A stored refusal says that the student got a seat.
-- fires:  events_well_formed
update registration.events set status = 'ENROLLED' where op_id = 'refused';
