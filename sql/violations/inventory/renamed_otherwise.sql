-- plants: A product got another name than the one asked for.
-- fires:  audit:done_as_asked
update operations set args = '{"name": "Renamed Mini"}' where op_id = 'renamed';
