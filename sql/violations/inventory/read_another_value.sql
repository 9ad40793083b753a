-- plants: The dashboard's value of the stock is a cent too high.
-- fires:  audit:read_wrongly
update operations set answer = jsonb_set(
    answer, '{counts,stock_value_cents}', to_jsonb((answer #>> '{counts,stock_value_cents}')::bigint + 1)
)
where op_id = 'summed-up';
