-- plants: A product was renamed without an update.
-- fires:  name_matches_movements
update inventory.products set name = 'Silent Pro' where id = 3;
