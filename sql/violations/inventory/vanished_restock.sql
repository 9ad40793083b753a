-- plants: A restock was granted and is not in the ledger.
-- fires:  changes_match_events, answers_match_rows, audit:done_as_asked, audit:read_wrongly
delete from inventory.movements where product_id = 3 and version = 7;
update inventory.products set stock = stock - 3, version = 6 where id = 3;
