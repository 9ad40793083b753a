-- plants: A product is there that no event made.
-- fires:  made_once, audit:read_wrongly
insert into inventory.products (sku, name, price_cents, stock, initial_name, initial_stock, initial_price_cents)
values ('NOWHERE', 'From Nowhere', 1, 1, 'From Nowhere', 1, 1);
