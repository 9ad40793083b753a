-- plants: The capture of a paid order is gone.
-- fires:  captured_equals_total
delete from inventory.payments where order_id = pg_temp.bought('buying');
