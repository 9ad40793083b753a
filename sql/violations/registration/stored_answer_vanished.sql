-- plants: A register is stored without its answer: a repeated key would be told nothing.
-- fires:  answers_match_rows
update registration.events set answer = null where op_id = 'retried';
