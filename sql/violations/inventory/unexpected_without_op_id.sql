-- plants: A client outside the run buys a piece, without a key.
-- fires:  audit:unexpected
select pg_temp.ask('planted', 'order', '{"lines": [{"product_id": 2, "quantity": 1}]}');
update inventory.events set op_id = null, request_hash = null where op_id = 'planted';
delete from operations where op_id = 'planted';
