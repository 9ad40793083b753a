-- Planted before every violation: a short history of writes that are all right, made by the target's own decision, so
-- that the audits have something to look at, and names for the rows it touches. World: 6 products with 5 and 20 pieces
-- in turn, and two orders of one piece for each: 1 and 7 of product 1, to 6 and 12 of product 6.
--   product 1  emptied; somebody is told that it is sold out
--   product 2  of three orders, one of them in bulk with product 4
--   product 3  restocked and adjusted
--   product 4  shipped, canceled, and canceled after it was paid
--   product 5  adjusted below nothing
--   product 6  repriced, renamed, restocked to 30

create temporary table operations (
    op_id text, attempt integer, worker text, actor text, action text, entity text, args jsonb,
    invoked_at double precision, completed_at double precision, outcome text, status integer, answer jsonb
);

create function pg_temp.now_s() returns double precision volatile
    return extract(epoch from clock_timestamp());
create function pg_temp.bought(placing_op_id text) returns integer stable
    return (select order_id from inventory.events where op_id = placing_op_id);

-- One write as a client asks for it, decided by the target's own statement, and told the truth of.
create function pg_temp.ask(asked_op_id text, asked_action text, asked_args jsonb, asked_id integer default null)
returns void language plpgsql as $$
declare
    is_order boolean := asked_action in ('pay', 'ship', 'cancel');
    invoked_at double precision := pg_temp.now_s();
    decided record;
begin
    select * into decided from inventory.decide((coalesce(asked_args, '{}') || jsonb_build_object(
        'action', asked_action, 'order_id', case when is_order then asked_id end,
        'product_id', case when not is_order then asked_id end,
        'price_cents', (100 * (asked_args -> 'price')::numeric)::bigint,
        'amount_cents', (100 * (asked_args -> 'amount')::numeric)::bigint
    ))::json, asked_op_id, 'hash of ' || asked_op_id);
    insert into operations values (
        asked_op_id, 1, '0', '', asked_action,
        case when asked_action = 'order' then 'product ' || (asked_args #>> '{lines,0,product_id}')
             when is_order then 'order ' || asked_id
             else 'product ' || asked_id
        end,
        asked_args, invoked_at, pg_temp.now_s(), case when decided.refusal is null then 'ok' else 'fail' end,
        case when decided.refusal is null then 200 else 409 end,
        coalesce(decided.answer::jsonb, jsonb_build_object('code', decided.refusal))
    );
end
$$;

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
select pg_temp.ask('adjusted', 'adjust', '{"adjustment": -2}', 3);
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
    insert into inventory.products (sku, name, price_cents, stock, initial_stock, initial_price_cents)
    values ('NEW-1', 'New Phone', 9999, 7, 7, 9999)
    returning *
), told as (
    insert into inventory.events (action, product_id, refusal, op_id, request_hash, answer)
    select 'create_product', id, null, 'made', 'hash of made', jsonb_build_object(
        'id', id, 'sku', sku, 'name', name, 'price', 99.99, 'stock', stock
    ) from made
    union all
    select 'create_product', null, 'sku_taken', 'made-again', 'hash of made-again', null
    returning *
)
insert into operations
select op_id, 1, '0', '', action, 'new-1', '{"sku": "new-1", "name": "New Phone", "price": 99.99, "stock": 7}', 0, 1,
       case when refusal is null then 'ok' else 'fail' end, case when refusal is null then 201 else 409 end,
       coalesce(answer, jsonb_build_object('code', refusal))
from told;

-- Nobody knows: one was stored and answered when asked again, one was stored, one never arrived. One was turned away
-- before the target and asked again, one was no valid request: of that nothing is stored.
update operations set attempt = 2 where op_id in ('retried', 'turned-away');
update operations set outcome = 'info', status = 0, answer = null where op_id = 'unanswered';
insert into operations (op_id, attempt, worker, actor, action, entity, args, invoked_at, outcome, status, answer) values
    ('retried', 1, '0', '', 'restock', 'product 3', '{"quantity": 1}', 0, 'info', 0, null),
    ('never-arrived', 1, '0', '', 'restock', 'product 3', '{"quantity": 9}', 0, 'info', 0, null),
    ('turned-away', 1, '0', '', 'restock', 'product 3', '{"quantity": 3}', 0, 'fail', 429, null),
    ('invalid', 1, '0', '', 'restock', 'product 3', '{"quantity": 0}', 0, 'fail', 422, '{"code": "invalid_request"}');

-- Without a key nothing is stored of a refusal. It was asked before the last piece went and answered after that.
insert into operations
select 'sold-out-meanwhile', 1, '0', '', 'order', entity, args, first.invoked_at, pg_temp.now_s(), outcome, status,
       answer
from operations
cross join (select min(invoked_at) as invoked_at from operations where op_id = 'ordered') first
where op_id = 'sold-out';
