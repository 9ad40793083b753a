-- plants: The stored answer has another time than the order: a repeated key would be told it.
-- fires:  answers_match_rows
update inventory.events set answer = answer::jsonb || '{"created_at": "2026-01-01T00:00:00.000000"}' where op_id = 'ordered';
