-- plants: The stored answer has another total than the order: a repeated key would be told it.
-- fires:  answers_match_rows
update inventory.events set answer = answer::jsonb || '{"total_value": 0.01}' where op_id = 'ordered';
