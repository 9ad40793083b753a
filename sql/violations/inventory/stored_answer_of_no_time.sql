-- plants: The stored answer has a text that is no time.
-- fires:  answers_match_rows
update inventory.events set answer = answer::jsonb || '{"created_at": "just now"}' where op_id = 'ordered';
