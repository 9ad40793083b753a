-- plants: The cancel of a canceled order gives its pieces back once more.
-- fires:  lines_match_movements, audit:read_wrongly, audit:reordered
insert into inventory.movements (product_id, version, kind, quantity, stock_after, price_cents, order_id)
select id, version + 1, 'cancel', 4, stock + 4, price_cents, pg_temp.bought('leaving') from inventory.products
where id = 4;
update inventory.products set stock = stock + 4, version = version + 1 where id = 4;
