-- plants: An order's version was not written.
-- fires:  order_versions_contiguous
update inventory.orders set version = 2 where id = pg_temp.bought('sending');
