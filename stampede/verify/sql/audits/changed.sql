-- invariant: no definition changed, and no row changed, was added or was removed unless the suite declares it
-- severity: critical
-- parts: frozen
-- population: select count(*) from frozen_before
with before as (
    select table_name, row_key, fingerprint, count(*) as times from frozen_before group by all),
after as (
    select table_name, row_key, fingerprint, count(*) as times from frozen_after group by all)
select coalesce(b.table_name, a.table_name) || ' ' || coalesce(b.row_key, a.row_key) as entity,
    case when b.table_name is null then 'no such row' else 'fingerprint ' || b.fingerprint end as expected,
    case when a.table_name is null then 'no such row' else 'fingerprint ' || a.fingerprint end as actual,
    case when b.table_name is null then 'added' when a.table_name is null then 'removed'
        when a.fingerprint <> b.fingerprint then 'changed'
        else 'there ' || b.times || ' times before and ' || a.times || ' times after' end as detail
from before b full join after a on a.table_name = b.table_name and a.row_key = b.row_key
    left join row_rules r on r.table_name = coalesce(b.table_name, a.table_name)
where a.fingerprint is distinct from b.fingerprint and not (b.table_name is null and r.rows is not distinct from 'added')
    or a.times < b.times or a.times > b.times and r.rows is distinct from 'added'
