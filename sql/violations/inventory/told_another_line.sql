-- plants: A line of a bulk order was told with another quantity.
-- fires:  audit:mismatched
update operations set answer = answer || jsonb_build_object('lines', replace(answer ->> 'lines', '4x1', '4x9'))
where op_id = 'bulk';
