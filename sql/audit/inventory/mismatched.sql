-- invariant:  What a client asked for and was told is what was stored: where, how many, at which price, or the refusal.
-- population: select count(*) from operations where outcome <> 'info'
-- severity:   critical
-- Held against the tables, not against the answer that the target kept; a name only against what was asked, since the
-- ledger does not keep it. Of an order only the status is the event's: it
-- moves on. A refused write that happened is phantom, an acknowledged one of which nothing is stored is lost.
with told as (
    select o.op_id, o.attempt, o.action, o.entity, jsonb_strip_nulls(o.args) as args, o.answer,
           e.id as event_id, e.action as stored_action, e.refusal, e.order_id, e.order_version, e.product_id,
           e.product_version, coalesce(e.status, 'CANCELED') as status
    from operations o
    join inventory.events e on e.op_id = o.op_id
    where o.outcome = 'ok' or (o.outcome = 'fail' and e.refusal is not null)
), lines as (
    select order_id, sum(quantity) as quantity, case count(*) when 1 then min(product_id) end as product_id,
           jsonb_agg(jsonb_build_object('product_id', product_id, 'quantity', quantity)) as asked,
           jsonb_agg(jsonb_build_object(
               'product_id', product_id, 'quantity', quantity, 'unit_price', round(unit_price_cents / 100.0, 2)
           )) as lines
    from inventory.order_lines
    where order_id in (select order_id from told)
    group by order_id
), captured as (
    select order_id, array_agg(amount_cents) as amounts_cents
    from inventory.payments
    where kind = 'capture' and order_id in (select order_id from told)
    group by order_id
), moved as (
    select product_id, version, kind, quantity, stock_after, price_cents
    from inventory.movements
    where kind in ('adjust', 'restock', 'set') and product_id in (select product_id from told)
), stored as (
    select t.*, l.asked, l.lines, coalesce(m.quantity, 0) as moved, m.stock_after,
           case
               when t.refusal is not null then jsonb_build_object('code', t.refusal)
               when t.action in ('order', 'pay', 'ship', 'cancel') then jsonb_build_object(
                   'id', b.id, 'status', t.status, 'product_id', l.product_id, 'quantity', l.quantity,
                   'total_value', round(b.total_cents / 100.0, 2), 'lines', l.lines
               )
               when t.action = 'create_product' then jsonb_build_object(
                   'id', p.id, 'sku', p.sku, 'stock', p.initial_stock, 'price', round(p.initial_price_cents / 100.0, 2)
               )
               else jsonb_build_object(
                   'id', p.id, 'sku', p.sku, 'stock', m.stock_after, 'price', round(m.price_cents / 100.0, 2)
               )
           end as stored_answer,
           case t.action
               when 'order' then true
               when 'create_product' then upper(t.entity) = p.sku
               else t.entity = coalesce('order ' || t.order_id, 'product ' || t.product_id)
           end as same_entity,
           b.total_cents = any (c.amounts_cents) as captured, round(b.total_cents / 100.0, 2) as total
    from told t
    left join inventory.orders b on b.id = t.order_id
    left join lines l on l.order_id = t.order_id
    left join captured c on c.order_id = t.order_id
    left join inventory.products p on p.id = t.product_id
    left join moved m on m.product_id = t.product_id and m.version = t.product_version
)
select op_id as entity, concat_ws(' ', action, entity, args, 'told', answer) as expected,
       string_agg(concat_ws(' ', stored_action, 'order ' || order_id, 'product ' || product_id, stored_answer,
                            case when captured is not true and action = 'pay' then 'not captured' end), '; ') as actual,
       'attempt ' || attempt as detail
from stored
group by op_id, attempt, action, entity, args, answer
having bool_or(
    stored_action = action and answer @> stored_answer and case
        when refusal is not null then true
        when not same_entity then false
        when action = 'order' then asked @> (args -> 'lines') and (args -> 'lines') @> asked
                                   and lines @> (answer -> 'lines')
        when action = 'pay' then captured and lines @> (answer -> 'lines')
                                 and coalesce(args -> 'amount' = to_jsonb(total), true)
        when action in ('ship', 'cancel') then lines @> (answer -> 'lines')
        when action = 'restock' then args -> 'quantity' = to_jsonb(moved)
        when action = 'adjust' then args -> 'adjustment' = to_jsonb(moved)
                                    or (stock_after = 0 and to_jsonb(moved) > args -> 'adjustment')
        else answer @> (args - 'sku')
    end
) is not true
