-- plants: A student was still shown the course that was dropped.
-- fires:  audit:read_wrongly
update operations set answer = answer || jsonb_build_object('items', jsonb_build_array(jsonb_build_object(
    'entity', 'course ' || pg_temp.course('0004'), 'facts', '{"status": "ENROLLED", "reserve_position": null}'::jsonb
))) where op_id = 'looked-45';
