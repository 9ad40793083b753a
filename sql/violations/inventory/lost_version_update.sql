-- plants: A product's version was not written.
-- fires:  movement_versions_contiguous
update inventory.products set version = version - 1 where id = 2;
