-- plants: A drop was refused twice and happened.
-- fires:  audit:phantom
update operations set outcome = 'fail', status = 400, answer = '{"code": "registration_closed"}' where op_id = 'left';
insert into operations select * from operations where op_id = 'left';
