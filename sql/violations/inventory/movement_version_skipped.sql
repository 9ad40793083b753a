-- plants: A product's last movement skipped a version.
-- fires:  movement_versions_contiguous
update inventory.movements set version = 6 where product_id = 2 and version = 5;
update inventory.products set version = 6 where id = 2;
