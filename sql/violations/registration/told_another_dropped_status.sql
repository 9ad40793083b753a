-- plants: A student who left the queue was told of having given up a seat.
-- fires:  audit:mismatched
update operations set answer = answer || '{"dropped_status": "ENROLLED"}' where op_id = 'left-queue';
