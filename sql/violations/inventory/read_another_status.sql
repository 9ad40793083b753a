-- plants: An order was shown as PAID without a payment.
-- fires:  audit:read_wrongly
update operations set answer = jsonb_set(answer, '{items,0,facts,status}', '"PAID"') where op_id = 'listed-orders';
