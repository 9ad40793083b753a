-- plants: An order that was decided meanwhile wrote the old name back.
-- fires:  name_matches_movements
update inventory.products set name = initial_name where id = 6;
