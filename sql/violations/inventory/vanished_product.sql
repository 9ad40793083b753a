-- plants: A product was made and is gone.
-- fires:  no_orphans, answers_match_rows, made_once, audit:mismatched, audit:lost, audit:read_wrongly, audit:refused_wrongly
delete from inventory.products where sku = 'NEW-1';
