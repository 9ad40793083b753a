-- plants: Two products were shown with each other's facts.
-- fires:  audit:read_wrongly
update operations
set answer = jsonb_set(
    jsonb_set(answer, '{items,1,facts}', answer #> '{items,2,facts}'), '{items,2,facts}', answer #> '{items,1,facts}'
)
where op_id = 'listed';
