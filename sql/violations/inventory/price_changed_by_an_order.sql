-- plants: A product's price changed with an order.
-- fires:  price_changes_only_by_set
update inventory.products set price_cents = price_cents + 1 where id = 2;
select pg_temp.ask('planted', 'order', '{"lines": [{"product_id": 2, "quantity": 1}]}');
