-- plants: The stored answer has another stock than the movement: a repeated key would be told it.
-- fires:  answers_match_rows
update inventory.events set answer = answer::jsonb || '{"stock": 1}' where op_id = 'restocked';
