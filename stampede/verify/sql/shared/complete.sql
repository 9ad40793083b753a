-- needs: spans, items
-- Reads that claim to hold every entity whose state has certain facts (`asked`, a hash of these).
-- A run of states with these facts makes the entity surely present from its first row's done_t until the next row can come.
create table islands as
select who, own, actor_id, stream, asked, any_value(entity_id) as entity_id, min(state_row) as state_row,
    arg_min(sure_from, version) as sure_from, arg_max(next_from, version) as sure_until
from (
    select s.who, s.own, s.actor_id, s.stream, s.entity_id, s.state_row, s.version, w.asked, s.next_from,
        case when s.first and not coalesce(f.made, false) then '-infinity'::double else s.done_t end as sure_from,
        s.nth - row_number() over (partition by s.stream, w.asked order by s.version, s.state_row) as island
    from (select *, row_number() over (partition by stream order by version, state_row) as nth from spans
          where exists (from complete)) s
        join claimed w on w.state_row = s.state_row
        left join firsts f on f.stream = s.stream and f.version = s.version
    where not s.absent)
group by who, own, actor_id, stream, asked, island;

create table missing as
select p.row_id, min(p.state_row) as state_row
from (select c.row_id, c.a, c.b, i.entity_id, i.state_row, i.who
      from complete c join islands i on i.asked = c.asked and i.own = c.mine
      where i.sure_from < c.a and i.sure_until > c.b and (not c.mine or i.actor_id = c.actor_id)) p
    anti join items t on t.row_id = p.row_id and t.entity_id = p.entity_id
where not exists (from absences n where n.who = p.who and n.from_t <= p.b and n.until_t >= p.a)
group by p.row_id, p.entity_id;
