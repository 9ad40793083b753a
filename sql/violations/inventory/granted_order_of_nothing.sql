-- plants: An order was granted, and there is none.
-- fires:  no_orphans, bulk_all_or_nothing, answers_match_rows, audit:mismatched, audit:lost
insert into inventory.events (action, op_id, request_hash) values ('order', 'never-arrived', md5('never-arrived'));
