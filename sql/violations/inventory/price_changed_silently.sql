-- plants: A product's price changed without a movement.
-- fires:  price_changes_only_by_set
update inventory.products set price_cents = price_cents + 1 where id = 3;
