-- plants: While a restock got no answer, a client was shown the pieces that came, and then the stock of before.
-- fires:  audit:went_back
select pg_temp.see('old', 'list_products', pg_temp.products());
select pg_temp.ask('planted', 'restock', '{"quantity": 2}', 2);
update operations set outcome = 'unknown', code = 'timeout', completed_at = null, answer = null
where op_id = 'planted';
select pg_temp.see('new', 'list_products', pg_temp.products());
update operations set invoked_at = t, completed_at = t + 0.0005 from pg_temp.tick() t where op_id = 'old';
