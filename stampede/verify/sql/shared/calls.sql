-- One row per write operation, over its attempts.
-- ok_row, told_row: the operations row of the first ok attempt, and of the first attempt with a known outcome.
create table calls as
select op_id,
    min(invoked_at) as invoked,
    min(completed_at) filter (outcome = 'ok') as done,
    bool_and(outcome = 'refused') as refused,
    count(*) filter (outcome <> 'unknown') as answers,
    arg_min(row_id, attempt) filter (outcome = 'ok') as ok_row,
    arg_min(row_id, attempt) filter (outcome <> 'unknown') as told_row,
    min(row_id) as first_row
from operations
where kind = 'write'
group by op_id;

-- The entities that an ok operation names.
create table named as
select o.row_id as ok_row, hash(entity) as entity_id
from (select row_id, unnest(list_distinct(entities)) as entity from operations
      where kind = 'write' and outcome = 'ok') o
    semi join calls c on c.ok_row = o.row_id;
