-- plants: The dashboard has the number of orders twice, and the two differ: recorded as an item.
-- fires:  audit:read_wrongly
update operations set answer = jsonb_set(
    answer, '{items}', '[{"entity": "total orders", "facts": {"inventory": 19, "orders": 18}}]'
)
where op_id = 'summed-up';
