-- invariant: all answers to one operation are the same
-- severity: critical
-- needs: calls
-- population: select count(*) from calls where answers > 1
with told as (
    select o.*, facts_of(o.answer) as facts from operations o
        semi join (from calls where answers > 1) c on c.op_id = o.op_id
    where o.outcome <> 'unknown'),
firsts as (
    select op_id, arg_min(struct_pack(outcome, code, facts, key, attempt), attempt) as told from told group by op_id)
select coalesce(t.entities[1], '') as entity,
    'attempt ' || f.told.attempt || ': ' || f.told.outcome || ' ' || coalesce(f.told.code, '') || ' ' || coalesce(f.told.facts, '') as expected,
    'attempt ' || t.attempt || ': ' || t.outcome || ' ' || coalesce(t.code, '') || ' ' || coalesce(t.facts, '') as actual,
    t.action || ' by ' || t.op_id || ', actor ' || t.actor as detail
from told t join firsts f on f.op_id = t.op_id
where (t.outcome, coalesce(t.code, ''), coalesce(t.key, ''), coalesce(t.facts, ''))
    is distinct from (f.told.outcome, coalesce(f.told.code, ''), coalesce(f.told.key, ''), coalesce(f.told.facts, ''))
