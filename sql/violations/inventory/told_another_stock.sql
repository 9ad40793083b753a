-- plants: An adjustment was told another stock than the one left.
-- fires:  audit:mismatched
update operations set answer = answer || '{"stock": 15}' where op_id = 'adjusted';
