-- plants: An order was shown without its only product: recorded as a product without fields.
-- fires:  audit:read_wrongly
update operations set answer = jsonb_set(answer, '{items,0,facts}', (
    select jsonb_object_agg(name, 'absent') from jsonb_object_keys(answer #> '{items,0,facts}') name
))
where op_id = 'listed';
