-- plants: A client offered the order's total and was told that it is not.
-- fires:  audit:refused_wrongly
select pg_temp.refuse('planted', 'pay', array['order ' || id], jsonb_build_object('amount', total_cents / 100.0),
                      'wrong_amount')
from inventory.orders where id = pg_temp.bought('ordered');
