-- plants: A client was refused for another reason than the stored one.
-- fires:  audit:mismatched, audit:refused_wrongly
update operations set code = 'product_not_found' where op_id = 'sold-out';
