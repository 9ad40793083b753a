-- plants: A shipment was told of a line that the order does not have.
-- fires:  audit:mismatched
update operations set answer = answer || jsonb_build_object('lines', (answer ->> 'lines') || ',5x1@100')
where op_id = 'shipped';
