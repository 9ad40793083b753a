-- plants: An order became PAID without a payment.
-- fires:  order_transitions_legal, captured_equals_total
update inventory.orders set status = 'PAID' where id = 8;
