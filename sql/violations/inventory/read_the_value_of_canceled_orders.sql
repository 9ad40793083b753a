-- plants: The dashboard's value of all orders has those that were canceled in it.
-- fires:  audit:read_wrongly
update operations set answer = jsonb_set(
    answer, '{counts,order_value_cents}', (select to_jsonb(sum(total_cents)) from inventory.orders)
)
where op_id = 'summed-up';
