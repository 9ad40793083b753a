-- plants: A restock of a product that does not exist.
-- fires:  movement_versions_contiguous, changes_match_events
insert into inventory.movements (product_id, version, kind, quantity, stock_after, price_cents)
values (99901, 1, 'restock', 1, 1, 100);
