-- plants: Pieces came without a restock.
-- fires:  changes_match_events
insert into inventory.movements (product_id, version, kind, quantity, stock_after, price_cents)
select id, version + 1, 'restock', 1, stock + 1, price_cents from inventory.products where id = 3;
update inventory.products set stock = stock + 1, version = version + 1 where id = 3;
