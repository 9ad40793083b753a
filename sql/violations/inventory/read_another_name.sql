-- plants: A client was shown the name of before the product was renamed.
-- fires:  audit:read_wrongly
update operations
set answer = jsonb_set(
    answer, '{items,5,facts,name}', (select to_jsonb(initial_name) from inventory.products where id = 6)
)
where op_id = 'listed';
