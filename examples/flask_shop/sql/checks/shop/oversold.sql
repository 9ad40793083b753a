-- invariant: No more pieces are sold than were delivered.
-- population: select count(*) from products
-- severity: critical
select p.name as entity, p.delivered || ' at most' as expected, sum(o.quantity) || ' sold' as actual, null as detail
from products p
join orders o on o.product_id = p.id
group by p.id
having sum(o.quantity) > p.delivered
