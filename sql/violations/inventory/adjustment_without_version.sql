-- plants: An adjustment does not know which change of the product it was.
-- fires:  no_orphans, changes_match_events, answers_match_rows, audit:read_wrongly, audit:done_as_asked
update inventory.events set product_version = null where op_id = 'adjusted';
