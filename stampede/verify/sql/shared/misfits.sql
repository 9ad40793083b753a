-- needs: spans, items, matches
-- Items that their read's claim excludes: by a fact that they show, or since no state of theirs that was visible then has the
-- claim's facts.
-- Many reads show the same facts; each combination is parsed once.
create table misfits as
with shown as (
    select i.row_id, i.nth, i.item, i.entity_id, i.facts, i.mask, i.a, i.b, c.ask, c.mine, case when c.mine then c.actor_id end as actor_id
    from items i join claims c using (row_id)),
kinds as (select ask, entity_id, facts, min(item) as item from shown group by all),
texts as (
    select item, i.entity as entity, i.facts as facts_text
    from (select unnest(chosen) as item, unnest(list_select(read_items(answer), list_transform(chosen, lambda x: x % 1048576))) as i
          from (select item // 1048576 as row_id, list(item) as chosen from kinds group by row_id)
              join (select row_id, answer from operations) using (row_id))),
excluded as (
    select k.ask, k.entity_id, k.facts
    from kinds k join texts t using (item) join asks q using (ask)
    where not is_of(t.entity, q.kind) or contradicts(t.facts_text, q.pairs) or breaks(t.facts_text, q.conditions)),
-- Items that lack a fact of the claim. Items with all of its facts were compared in `excluded`, and `read_wrongly` reports
-- items that match no visible state.
asking as (
    select s.row_id, s.nth, s.item, s.a, s.b, hash(q.fits, s.entity_id, s.mine, s.actor_id) as key
    from shown s join asks q using (ask) semi join matches m on m.item = s.item where s.mine or (s.mask & q.mask) <> q.mask),
held as (
    select key, from_t, max(until_t) as until_t
    from (select hash(f.fits, s.entity_id, s.own, case when s.own then s.actor_id end) as key, s.from_t, s.until_t
          from fitting f join spans s using (state_row)) semi join asking using (key)
    group by all),
latest_held as (
    select key, from_t, max(until_t) over (partition by key order by from_t) as until_t from held),
strangers as (
    select row_id, nth from asking anti join (
        select q.item from asking q asof join latest_held l on l.key = q.key and l.from_t <= q.b where l.until_t >= q.a) using (item))
select s.row_id, s.nth from shown s
    semi join excluded x on x.ask = s.ask and x.entity_id = s.entity_id and x.facts is not distinct from s.facts
union
select row_id, nth from strangers;
