-- plants: A product was renamed without an update.
-- fires:  name_changes_only_by_update
update inventory.products set name = 'Silent Pro' where id = 3;
