-- plants: An order was granted, and there is none.
-- fires:  no_orphans, bulk_all_or_nothing
insert into inventory.events (action, op_id) values ('order', 'never-arrived');
