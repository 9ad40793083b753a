-- plants: A student in the queue was told of a seat.
-- fires:  audit:mismatched
update operations set answer = answer || '{"status": "ENROLLED", "reserve_position": null}' where op_id = 'reserved';
