-- plants: An order became PAID without anybody paying.
-- fires:  order_status_is_last_event, captured_equals_total
update inventory.orders set status = 'PAID' where id = 8;
