-- invariant:  No order is captured twice, and none refunded more often than captured.
-- population: select count(*) from inventory.orders
-- severity:   critical
select 'order ' || p.order_id as entity, 'one capture, a refund of nothing but that' as expected,
       p.captures || ' captures, ' || p.refunds || ' refunds' as actual,
       coalesce(o.status || ', total ' || round(o.total_cents / 100.0, 2), 'no such order') as detail
from (
    select order_id, count(*) filter (where kind = 'capture') as captures,
           count(*) filter (where kind = 'refund') as refunds
    from inventory.payments
    group by order_id
) p
left join inventory.orders o on o.id = p.order_id
where p.captures > 1 or p.refunds > p.captures
