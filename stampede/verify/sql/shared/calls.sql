-- One row per write operation, over its attempts.
-- ok_row, told_row: the operations row of the first ok attempt, and of the first attempt with a known outcome.
create table calls as
with repeated as (select distinct op_id from operations where attempt > 1)
select op_id, invoked_at as invoked, case when outcome = 'ok' then completed_at end as done, outcome = 'refused' as refused,
    (outcome <> 'unknown')::bigint as answers, case when outcome = 'ok' then row_id end as ok_row,
    case when outcome <> 'unknown' then row_id end as told_row, row_id as first_row
from operations anti join repeated using (op_id)
where kind = 'write'
union all
select op_id, min(invoked_at), min(completed_at) filter (outcome = 'ok'), bool_and(outcome = 'refused'),
    count(*) filter (outcome <> 'unknown'), arg_min(row_id, attempt) filter (outcome = 'ok'),
    arg_min(row_id, attempt) filter (outcome <> 'unknown'), min(row_id)
from operations semi join repeated using (op_id)
where kind = 'write'
group by op_id;

-- The entities that an ok operation names.
create table named as
select o.row_id as ok_row, hash(entity) as entity_id
from (select row_id, unnest(case when len(entities) > 1 then list_distinct(entities) else entities end) as entity from operations
      where kind = 'write' and outcome = 'ok') o
    semi join calls c on c.ok_row = o.row_id;
