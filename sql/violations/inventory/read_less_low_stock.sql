-- plants: The dashboard leaves out a product of which few pieces are left.
-- fires:  audit:read_wrongly
update operations set answer = jsonb_set(
    answer, '{counts,low_stock}', to_jsonb((answer #>> '{counts,low_stock}')::bigint - 1)
)
where op_id = 'summed-up';
