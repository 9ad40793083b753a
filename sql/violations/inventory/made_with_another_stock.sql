-- plants: A product was made with fewer pieces than it was told to have.
-- fires:  answers_match_rows, audit:mismatched, audit:done_as_asked, audit:read_wrongly
update inventory.products set stock = 6, initial_stock = 6 where sku = 'NEW-1';
