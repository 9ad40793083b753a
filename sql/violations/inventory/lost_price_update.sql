-- plants: An order that was decided meanwhile wrote the old price back.
-- fires:  price_changes_only_by_set
update inventory.products set price_cents = initial_price_cents where id = 6;
