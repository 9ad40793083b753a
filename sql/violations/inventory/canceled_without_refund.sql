-- plants: A paid order was canceled and the money kept.
-- fires:  captured_equals_total
delete from inventory.payments where order_id = pg_temp.bought('regretting') and kind = 'refund';
