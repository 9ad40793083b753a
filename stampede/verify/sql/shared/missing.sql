-- needs: spans, items, pages
-- Reads that claim to hold every entity whose state has certain facts, but lack an entity that was surely there.
-- An island is a run of states with these facts: the entity is surely present from its first row's done_t until the next
-- row can come.
create table islands as
select who, actor_id, list, entity_id, state_row, sure_from, sure_until, place,
    row_number() over (partition by list order by sure_from) as nth, dense_rank() over (partition by list order by place) as rank,
    max(place) over (partition by list order by sure_from) as greatest
from (
    select who, actor_id, hash(ask, own, case when own then actor_id end) as list, any_value(entity_id) as entity_id,
        min(state_row) as state_row, arg_min(sure_from, version) as sure_from, arg_max(next_from, version) as sure_until,
        any_value(place) as place
    from (
        select s.who, s.own, s.actor_id, s.stream, s.entity_id, s.state_row, s.version, w.ask, w.place, s.next_from,
            case when s.first and not coalesce(f.made, false) then '-infinity'::double else s.done_t end as sure_from,
            s.nth - row_number() over (partition by s.stream, w.ask order by s.version, s.state_row) as island
        from (select *, row_number() over (partition by stream order by version, state_row) as nth from spans
              where exists (from claimed)) s
            join claimed w on w.state_row = s.state_row
            left join firsts f on f.stream = s.stream and f.version = s.version
        where not s.absent)
    group by who, own, actor_id, stream, ask, island);

-- Every read against every island would be too much (20,000 reads of 50,000 islands: 8 s). A page is compared with at most
-- 300 places of its range, from the low end; another read with the islands that began last before it: 300, and two for each
-- item that it shows.
create table expected as
with asking as (
    select c.row_id, c.a, c.b, hash(c.ask, c.mine, case when c.mine then c.actor_id end) as list, p.lower, p.upper,
        coalesce(p.items, i.items, 0) as items, p.row_id is null or coalesce(p.lower = '-infinity' and p.upper = 'infinity', false) as whole
    from (from claims where complete) c left join pages p using (row_id)
        left join (select row_id, count(*) as items from items group by row_id) i using (row_id)),
places as (select distinct list, place, rank from islands where place is not null),
begun as (select list, sure_from, max(nth) as nth, max(greatest) as greatest from islands group by list, sure_from),
known as (select q.*, n.nth, n.greatest from asking q asof join begun n on n.list = q.list and n.sure_from < q.a),
ranges as (
    select k.row_id, k.a, k.b, k.list, l.rank as first, least(h.rank, l.rank + 300) as last
    from (select *, least(upper, greatest) as until from known where not whole and lower <= upper) k
        asof join places l on l.list = k.list and l.place >= k.lower
        asof join places h on h.list = k.list and h.place <= k.until)
select r.row_id, r.a, r.b, i.entity_id, i.state_row, i.who
from (select row_id, a, b, list, unnest(range(first, last + 1)) as rank from ranges) r
    join islands i on i.list = r.list and i.rank = r.rank and i.place is not null
where i.sure_from < r.a and i.sure_until > r.b
union all
select r.row_id, r.a, r.b, i.entity_id, i.state_row, i.who
from (select row_id, a, b, list, unnest(range(greatest(1, nth - 300 - 2 * items), nth + 1)) as nth from known where whole) r
    join islands i on i.list = r.list and i.nth = r.nth
where i.sure_until > r.b;

create table missing as
select p.row_id, min(p.state_row) as state_row
from expected p anti join items t on t.row_id = p.row_id and t.entity_id = p.entity_id
where not exists (from absences n where n.who = p.who and n.from_t <= p.b and n.until_t >= p.a)
group by p.row_id, p.entity_id;
