-- plants: Two movements bear one version, and the next version is missing.
-- fires:  movement_versions_contiguous, audit:read_wrongly
update inventory.movements set version = 2 where product_id = 2 and version = 3;
