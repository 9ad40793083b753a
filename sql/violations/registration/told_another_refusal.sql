-- plants: A student was refused for another reason than the stored one.
-- fires:  audit:mismatched, audit:refused_wrongly
update operations set code = 'registration_closed' where op_id = 'refused';
