-- plants: The head of the queue is promoted, but from another position than 1.
-- fires:  answers_match_rows, promotion_takes_lowest_position, audit:mismatched
update registration.events set promoted_from_position = 3 where op_id = 'promoting';
