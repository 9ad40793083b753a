-- plants: The pieces of one line went out twice.
-- fires:  lines_match_movements, audit:done_as_asked, audit:duplicated, audit:read_wrongly, audit:reordered
insert into inventory.movements (product_id, version, kind, quantity, stock_after, price_cents, order_id)
select id, version + 1, 'order', -3, stock - 3, price_cents, pg_temp.bought('ordered') from inventory.products
where id = 2;
update inventory.products set stock = stock - 3, version = version + 1 where id = 2;
