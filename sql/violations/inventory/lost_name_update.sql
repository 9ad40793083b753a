-- plants: An order that was decided meanwhile wrote the old name back.
-- fires:  name_changes_only_by_update
update inventory.products set name = initial_name where id = 6;
