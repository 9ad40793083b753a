-- plants: The stored answer has another name than the movements: a repeated key would be told it.
-- fires:  name_matches_movements
update inventory.events set answer = answer::jsonb || '{"name": "Another Pro"}' where op_id = 'unchanged';
