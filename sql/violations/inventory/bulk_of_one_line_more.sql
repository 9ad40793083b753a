-- plants: An order holds a line that no client was told of.
-- fires:  bulk_all_or_nothing, audit:mismatched
select pg_temp.ask(
    'planted', 'order', '{"lines": [{"product_id": 2, "quantity": 1}, {"product_id": 3, "quantity": 2}]}'
);
update inventory.events set answer = jsonb_set(answer::jsonb, '{lines}', (answer::jsonb -> 'lines') - 1) where op_id = 'planted';
update operations set answer = answer || jsonb_build_object('lines', split_part(answer ->> 'lines', ',', 1))
where op_id = 'planted';
