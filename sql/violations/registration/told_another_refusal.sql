-- plants: A student was refused for another reason than the stored one.
-- fires:  audit:mismatched
update operations set answer = '{"code": "already_registered"}' where op_id = 'refused';
