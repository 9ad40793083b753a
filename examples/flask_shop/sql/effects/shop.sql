select id::text as key, customer as actor, 'order' as action, 'product ' || product_id as entity,
       row_number() over (partition by product_id order by id) as version,
       json_build_object('id', id, 'product_id', product_id, 'quantity', quantity) as answer
from orders
