-- plants: The pieces of one line went out by two movements.
-- fires:  lines_match_movements, audit:done_as_asked, audit:duplicated, audit:reordered
update inventory.movements set quantity = quantity + (version = 3)::integer, stock_after = stock_after + 1
where product_id = 2 and version > 2;
insert into inventory.movements (product_id, version, kind, quantity, stock_after, price_cents, order_id)
select id, version + 1, 'order', -1, stock, price_cents, pg_temp.bought('ordered') from inventory.products where id = 2;
update inventory.products set version = version + 1 where id = 2;
