-- plants: An order's payment skipped a version.
-- fires:  order_versions_contiguous, order_transitions_legal
update inventory.events set order_version = 3 where op_id = 'paid';
update inventory.orders set version = 3 where id = pg_temp.bought('buying');
