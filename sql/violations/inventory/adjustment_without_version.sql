-- plants: An adjustment does not know which change of the product it was.
-- fires:  no_orphans, changes_match_events, audit:mismatched
update inventory.events set product_version = null where op_id = 'adjusted';
