-- needs: calls
-- Each effect with the operation that caused it: by op_id, else by what the answer called it (action, key).
create table links as
select e.row_id as effect_row, hash(e.entity) as entity_id, e.version, e.refused is not null as refused, e.seeded,
    e.implied, e.op_id is not null as has_op_id, c.op_id is not null as known, c.invoked, c.done,
    c.refused as told_refused, c.ok_row, c.told_row, c.first_row
from effects e left join calls c on c.op_id = e.op_id
where e.op_id is not null or e.key is null or e.seeded;

-- Several ok operations with one action and key cannot be told apart: they share the widest interval.
insert into links
with told as (
    select o.action, o.key, c.*,
        row_number() over (partition by o.action, o.key order by o.invoked_at) as nth,
        count(*) over (partition by o.action, o.key) as asked,
        min(c.invoked) over (partition by o.action, o.key) as first_invoked,
        max(c.done) over (partition by o.action, o.key) as last_done
    from operations o join calls c on c.ok_row = o.row_id
    where o.key is not null and exists (from effects where op_id is null and key is not null and not seeded)),
found as (
    select *, row_number() over (partition by action, key, entity order by version) as nth
    from effects where op_id is null and key is not null and not seeded)
select e.row_id, hash(e.entity), e.version, e.refused is not null, false, e.implied, false, t.op_id is not null,
    t.first_invoked, t.last_done, t.refused, t.ok_row, t.told_row, t.first_row
from found e left join told t on t.action = e.action and t.key = e.key and t.nth = least(e.nth, t.asked);
