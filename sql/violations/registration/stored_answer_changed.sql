-- plants: The stored answer has another status than its event: a repeated key would be told it.
-- fires:  answers_match_rows
update registration.events set answer = answer::jsonb || '{"dropped_status": "RESERVED"}' where op_id = 'left';
