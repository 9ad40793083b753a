-- plants: A restock stands in the ledger as an adjustment.
-- fires:  changes_match_events
update inventory.movements set kind = 'adjust' where product_id = 3 and version = 3;
