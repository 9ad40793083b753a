-- plants: Nobody knows how an order came about.
-- fires:  order_versions_contiguous
delete from inventory.events where order_id = 8;
