-- plants: A student who was answered before another one asked got the later place in the course's order.
-- fires:  audit:reordered
update registration.events set version = 5 - version where op_id in ('retried', 'unanswered');
update operations set outcome = 'ok', completed_at = invoked_at + 0.0005 where op_id = 'unanswered';
