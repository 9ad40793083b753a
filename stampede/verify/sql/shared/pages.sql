-- needs: items
-- The pages that reads say they returned, with the range of the order that each covers: a full page ends at its last
-- item, the first page begins where the list does. Equal answers are parsed once;
-- they are grouped by hash, since whole answers need much memory.
create table pages as
with paged as (
    select row_id, c.page, hash(o.answer) as answer_id
    from (from claims where page is not null) c join (select row_id, answer from operations) o using (row_id)),
samples as (select answer_id, min(row_id) as row_id, any_value(page) as page from paged group by answer_id),
listed as (
    select answer_id, page, starts_with(page.order, '-') as descending,
        list_transform(read_items(answer), lambda i: fact(i.facts, ltrim(page.order, '-'))) as places
    from samples join (select row_id, answer from operations) using (row_id)),
edges as (
    select *, len(places) as items, page.number = 1 as is_first, len(places) < page.size as is_last from listed)
select p.row_id, e.page, e.items, e.places, e.descending,
    case when case when descending then is_last else is_first end then '-infinity'::double else places[if(descending, -1, 1)] end
        as lower,
    case when case when descending then is_first else is_last end then 'infinity'::double else places[if(descending, 1, -1)] end
        as upper
from paged p join edges e using (answer_id);
