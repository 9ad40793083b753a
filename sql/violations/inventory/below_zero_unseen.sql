-- plants: An order was served before the restock that it lived on, though the ledger says that stock was there.
-- fires:  running_stock_not_negative, stock_matches_movements, audit:reordered
select pg_temp.ask('planted', 'restock', '{"quantity": 5}', 1);
select pg_temp.ask('too-early', 'order', '{"lines": [{"product_id": 1, "quantity": 5}]}');
update inventory.movements set version = 9 - version where product_id = 1 and version > 3;
update inventory.events set product_version = 5 where op_id = 'planted';
