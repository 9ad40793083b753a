-- plants: A restock was done again when its answer was late, because nothing kept its key unique.
-- fires:  audit:changed, audit:duplicated, audit:mismatched, audit:read_wrongly
drop index inventory.events_op_id_key;
select pg_temp.ask('planted', 'restock', '{"quantity": 3}', 3);
update inventory.events set op_id = 'turned-away' where op_id = 'planted';
delete from operations where op_id = 'planted';
