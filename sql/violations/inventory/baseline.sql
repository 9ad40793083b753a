-- Planted before every violation: a short history of writes that are all right, made by the target's own decision, so
-- that the audits have something to look at, and names for the rows it touches. The world has two orders of one piece
-- for each product: 1 and 7 of product 1, to 6 and 12 of product 6.
-- world: {"products": 6, "stock": [5, 20], "orders": 12}
--   product 1  emptied; somebody is told that it is sold out
--   product 2  of three orders, one of them in bulk with product 4
--   product 3  restocked and adjusted
--   product 4  shipped, canceled, and canceled after it was paid
--   product 5  adjusted below nothing
--   product 6  repriced, renamed, restocked to 30

create temporary table operations (
    op_id text, attempt integer, worker text, client text, kind text, actor text, action text, entities text[],
    args jsonb, key text, invoked_at double precision, completed_at double precision, outcome text, code text,
    answer jsonb
);
create temporary sequence ticks;
-- The moment of the next operation; each takes half of the time until then.
create function pg_temp.tick() returns double precision volatile
    return floor(extract(epoch from now())) + 0.001 * nextval('ticks');
create function pg_temp.bought(placing_op_id text) returns integer stable
    return (select order_id from inventory.events where op_id = placing_op_id);

-- What one client asked for or looked at, and was told.
create function pg_temp.tell(
    told_op_id text, kind text, action text, entities text[], args jsonb, key text, outcome text, code text,
    answer jsonb
) returns void language sql as $$
    insert into operations
    select told_op_id, 1, '0', '0.1', tell.kind, '', tell.action, tell.entities, tell.args, tell.key, t, t + 0.0005,
           tell.outcome, tell.code, tell.answer
    from pg_temp.tick() as t
$$;
-- An answer as clients record it: the lines of an order as one text.
create function pg_temp.flat(answer jsonb) returns jsonb immutable return answer || case
    when answer ? 'lines' then jsonb_build_object('lines', (
        select string_agg(
            format('%sx%s@%s', line ->> 'product_id', line ->> 'quantity',
                   (100 * (line ->> 'unit_price')::numeric)::bigint),
            ',' order by (line ->> 'product_id')::integer
        )
        from jsonb_array_elements(answer -> 'lines') line
    ))
    else '{}'
end;

-- One write as a client asks for it, decided by the target's own statement, and told the truth of.
create function pg_temp.ask(asked_op_id text, asked_action text, asked_args jsonb, asked_id integer default null)
returns void language plpgsql as $$
declare
    is_order boolean := asked_action in ('pay', 'ship', 'cancel');
    named text[] := array[case when is_order then 'order ' else 'product ' end || asked_id];
    told jsonb := asked_args;
    decided record;
begin
    select * into decided from inventory.decide((coalesce(asked_args, '{}') || jsonb_build_object(
        'action', asked_action, 'order_id', case when is_order then asked_id end,
        'product_id', case when not is_order then asked_id end,
        'price_cents', (100 * (asked_args -> 'price')::numeric)::bigint,
        'amount_cents', (100 * (asked_args -> 'amount')::numeric)::bigint
    ))::json, asked_op_id, md5(asked_op_id));
    if asked_action = 'order' then
        select array_agg('product ' || (line ->> 'product_id')),
               jsonb_object_agg('product ' || (line ->> 'product_id'), line - 'product_id')
        into named, told
        from jsonb_array_elements(asked_args -> 'lines') line;
        if decided.refusal is null then
            named := named || ('order ' || (decided.answer::jsonb ->> 'id'));
        end if;
    end if;
    perform pg_temp.tell(
        asked_op_id, 'write', asked_action, named, told,
        case when asked_action = 'order' then decided.answer::jsonb ->> 'id' end,
        case when decided.refusal is null then 'ok' else 'refused' end, decided.refusal,
        pg_temp.flat(decided.answer::jsonb)
    );
end
$$;
-- A refusal that the target tells and, if it has a key, stores.
create function pg_temp.refuse(
    told_op_id text, action text, entities text[], args jsonb, code text, stored boolean default true
) returns void language sql as $$
    insert into inventory.events (action, product_id, order_id, refusal, op_id, request_hash)
    select refuse.action, case when split_part(entities[1], ' ', 1) = 'product' and refuse.action <> 'order'
                               then split_part(entities[1], ' ', 2)::integer end,
           case when split_part(entities[1], ' ', 1) = 'order' then split_part(entities[1], ' ', 2)::integer end,
           code, told_op_id, md5(told_op_id)
    where stored;
    select pg_temp.tell(told_op_id, 'write', refuse.action, entities, args, null, 'refused', code, null);
$$;

-- What a client is shown of products, orders and totals, as the tables are now.
create function pg_temp.see(
    told_op_id text, action text, items jsonb, counts jsonb default '{}', claim jsonb default null, stale_s integer default 0
) returns void return pg_temp.tell(told_op_id, 'read', see.action, '{}', null, null, 'ok', null, jsonb_build_object(
    'items', see.items, 'claim', see.claim, 'counts', see.counts, 'stale_s', see.stale_s
));
-- The claim of the first page of a list.
create function pg_temp.claim(
    sort text, sorted_by text, size integer, total jsonb, facts jsonb default '{}', conditions jsonb default '[]'
) returns jsonb return jsonb_build_object(
    'of', sort, 'where', facts, 'conditions', conditions,
    'page', jsonb_build_object('number', 1, 'size', size, 'order', sorted_by, 'total', total)
);
create function pg_temp.products() returns jsonb stable return (
    select jsonb_agg(jsonb_build_object('entity', 'product ' || id, 'facts', jsonb_build_object(
        'id', id, 'sku', sku, 'name', name, 'price', round(price_cents / 100.0, 2), 'stock', stock
    )) order by id)
    from inventory.products
);
create function pg_temp.orders() returns jsonb stable return (
    select jsonb_agg(jsonb_build_object('entity', 'order ' || id, 'facts', pg_temp.flat(answer::jsonb)) order by id desc)
    from inventory.order_answers
);
create function pg_temp.totals() returns jsonb stable return (
    select jsonb_build_object(
        'products', (select count(*) from inventory.products),
        'in_stock', (select count(*) from inventory.products where stock > 0),
        'out_of_stock', (select count(*) from inventory.products where stock <= 0),
        'low_stock', (select count(*) from inventory.products where stock between 1 and 10),
        'stock_quantity', (select sum(stock) from inventory.products),
        'stock_value_cents', (select sum(stock * price_cents) from inventory.products),
        'quantity_ordered', (
            select sum(quantity)
            from inventory.order_lines
            where order_id in (select id from inventory.orders where status <> 'CANCELED')
        ),
        'order_value_cents', sum(total_cents) filter (where status <> 'CANCELED'),
        'orders', count(*), 'orders PENDING', count(*) filter (where status = 'PENDING'),
        'orders PAID', count(*) filter (where status = 'PAID'),
        'orders SHIPPED', count(*) filter (where status = 'SHIPPED'),
        'orders CANCELED', count(*) filter (where status = 'CANCELED')
    )
    from inventory.orders
);

select pg_temp.ask('ordered', 'order', '{"lines": [{"product_id": 2, "quantity": 3}]}');
select pg_temp.ask('bulk', 'order', '{"lines": [{"product_id": 4, "quantity": 1}, {"product_id": 2, "quantity": 2}]}');
select pg_temp.ask('buying', 'order', '{"lines": [{"product_id": 2, "quantity": 1}]}');
select pg_temp.ask('paid', 'pay', jsonb_build_object('amount', round(total_cents / 100.0, 2)), id)
from inventory.orders where id = pg_temp.bought('buying');
select pg_temp.ask('sending', 'order', '{"lines": [{"product_id": 4, "quantity": 2}]}');
select pg_temp.ask('sending-paid', 'pay', null, pg_temp.bought('sending'));
select pg_temp.ask('shipped', 'ship', null, pg_temp.bought('sending'));
select pg_temp.ask('leaving', 'order', '{"lines": [{"product_id": 4, "quantity": 4}]}');
select pg_temp.ask('canceled', 'cancel', null, pg_temp.bought('leaving'));
select pg_temp.ask('canceled-again', 'cancel', null, pg_temp.bought('leaving'));
select pg_temp.ask('regretting', 'order', '{"lines": [{"product_id": 4, "quantity": 1}]}');
select pg_temp.ask('regretting-paid', 'pay', null, pg_temp.bought('regretting'));
select pg_temp.ask('refunded', 'cancel', null, pg_temp.bought('regretting'));
select pg_temp.ask('emptied', 'order', '{"lines": [{"product_id": 1, "quantity": 5}]}');
select pg_temp.ask('sold-out', 'order', '{"lines": [{"product_id": 1, "quantity": 1}]}');
select pg_temp.ask(
    'sold-out-bulk', 'order', '{"lines": [{"product_id": 2, "quantity": 1}, {"product_id": 1, "quantity": 1}]}'
);
select pg_temp.ask('restocked', 'restock', '{"quantity": 10}', 3);
select pg_temp.ask('adjusted', 'adjust', '{"adjustment": -2, "reason": "Damaged"}', 3);
select pg_temp.ask('clamped', 'adjust', '{"adjustment": -50}', 5);
select pg_temp.ask('repriced', 'update_product', '{"price": 12.5, "stock": 30}', 6);
select pg_temp.ask('renamed', 'update_product', '{"name": "Renamed Pro"}', 6);
select pg_temp.ask('unchanged', 'update_product', '{"stock": 30}', 6);
select pg_temp.ask('unknown-product', 'order', '{"lines": [{"product_id": 99900, "quantity": 1}]}');
select pg_temp.ask('unknown-order', 'pay', null, 99900);
select pg_temp.ask('wrong-amount', 'pay', '{"amount": 0.01}', pg_temp.bought('ordered'));
select pg_temp.ask('shipped-unpaid', 'ship', null, pg_temp.bought('ordered'));
select pg_temp.ask('retried', 'restock', '{"quantity": 1}', 3);
select pg_temp.ask('unanswered', 'restock', '{"quantity": 2}', 3);
select pg_temp.ask('turned-away', 'restock', '{"quantity": 3}', 3);

with made as (
    insert into inventory.products (sku, name, price_cents, stock, initial_name, initial_stock, initial_price_cents)
    values ('NEW-1', 'New Phone', 9999, 7, 'New Phone', 7, 9999)
    returning *
), told as (
    insert into inventory.events (action, product_id, refusal, op_id, request_hash, answer)
    select 'create_product', id, null, 'made', md5('made'), jsonb_build_object(
        'id', id, 'sku', sku, 'name', name, 'price', 99.99, 'stock', stock
    ) from made
    union all
    select 'create_product', null, 'sku_taken', 'made-again', md5('made-again'), null
    returning *
)
select pg_temp.tell(
    op_id, 'write', action, array['sku NEW-1'] || array_remove(array['product ' || product_id], null),
    '{"sku": "new-1", "name": "New Phone", "price": 99.99, "stock": 7}', product_id::text,
    case when refusal is null then 'ok' else 'refused' end, refusal, answer::jsonb
)
from told
order by id;

-- Unknown outcomes: one was stored and answered when asked again, one was stored, one never arrived. One was no valid
-- request: of that nothing is stored.
update operations set outcome = 'unknown', code = 'timeout', completed_at = null, answer = null
where op_id = 'unanswered';
update operations set attempt = 2 where op_id in ('retried', 'turned-away');
insert into operations
select op_id, 1, worker, client, kind, actor, action, entities, args, null, invoked_at - 0.0001, null, 'unknown',
       'HTTP 503'
from operations
where op_id in ('retried', 'turned-away');
select pg_temp.tell('never-arrived', 'write', 'restock', '{product 3}', '{"quantity": 9}', null, 'unknown', 'timeout',
                    null);
update operations set completed_at = null where op_id = 'never-arrived';
select pg_temp.refuse('invalid', 'restock', '{invalid}', '{"quantity": 0}', 'invalid_request', stored => false);

-- It was asked before the last piece went and answered after that; without a key nothing is stored of a refusal, but
-- each operation of the history has one.
select pg_temp.refuse('sold-out-meanwhile', 'order', '{product 1}', '{"product 1": {"quantity": 1}}', 'sold_out');
update operations set invoked_at = (select invoked_at from operations where op_id = 'emptied')
where op_id = 'sold-out-meanwhile';

-- One answer was fetched again with its key, and everything was looked at.
insert into operations
select op_id, 2, worker, client, kind, actor, action, entities, args, key, t, t + 0.0005, outcome, code, answer
from operations
cross join pg_temp.tick() t
where op_id = 'bulk';
select pg_temp.see(
    'listed', 'list_products', pg_temp.products(), jsonb_build_object('products', t -> 'products'),
    pg_temp.claim('product', 'id', 100, t -> 'products')
), pg_temp.see(
    'listed-orders', 'list_orders', pg_temp.orders(), jsonb_build_object('orders', t -> 'orders'),
    pg_temp.claim('order', '-id', 100, t -> 'orders')
), pg_temp.see(
    'paid-orders', 'list_orders', jsonb_path_query_array(pg_temp.orders(), '$[*] ? (@.facts.status == "PAID")'),
    jsonb_build_object('orders PAID', t -> 'orders PAID'), pg_temp.claim('order', '-id', 100, t -> 'orders PAID', '{"status": "PAID"}')
), pg_temp.see(
    'recent-orders', 'recent_orders', jsonb_path_query_array(pg_temp.orders(), '$[0 to 2]'), '{}',
    pg_temp.claim('order', '-id', 3, null)
), pg_temp.see(
    'low-stock', 'list_low_stock', (
        select jsonb_agg(item order by item -> 'facts' -> 'stock')
        from jsonb_array_elements(pg_temp.products()) item
        where (item -> 'facts' ->> 'stock')::integer <= 9
    ), '{}', pg_temp.claim('product', 'stock', 50, null, conditions => '["stock <= 9"]')
), pg_temp.see(
    'summed-up', 'summary', jsonb_path_query_array(pg_temp.orders(), '$[0 to 4]'), t, pg_temp.claim('order', '-id', 5, null)
)
from pg_temp.totals() t;
select pg_temp.tell('looked-for-nothing', 'read', 'view_product', '{product 99900}', null, null, 'refused',
                    'product_not_found', null);
