with sales as (
    select product_id, row_number() over history as version, sum(quantity) over history as sold
    from orders
    window history as (partition by product_id order by id)
    union all select id, 0, 0 from products
)
select 'product ' || p.id as entity, s.version,
       json_build_object('id', p.id, 'name', p.name, 'stock', p.delivered - s.sold) as facts,
       json_build_array('sold_out on order if quantity > ' || p.delivered - s.sold) as allows
from products p
join sales s on s.product_id = p.id
