-- plants: A seeded order has become one of another product.
-- fires:  lines_match_movements, audit:changed, audit:read_wrongly
update inventory.order_lines set product_id = 3 where order_id = 8;
