-- plants: Two restocks read the same stock, and one's write is lost.
-- fires:  stock_matches_movements, movement_versions_contiguous, changes_match_events
update inventory.products set stock = stock - 3, version = version - 1 where id = 3;
select pg_temp.ask('planted', 'restock', '{"quantity": 3}', 3);
