-- plants: Pieces went out for an order that does not exist.
-- fires:  lines_match_movements, audit:unexpected
insert into inventory.movements (product_id, version, kind, quantity, stock_after, price_cents, order_id)
select id, version + 1, 'order', -1, stock - 1, price_cents, 99901 from inventory.products where id = 6;
update inventory.products set stock = stock - 1, version = version + 1 where id = 6;
