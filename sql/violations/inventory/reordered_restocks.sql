-- plants: A restock that was answered before an adjustment was asked for comes after it in the ledger.
-- fires:  audit:reordered
update operations set invoked_at = other.invoked_at, completed_at = other.completed_at
from operations other
where (operations.op_id, other.op_id) in (('restocked', 'adjusted'), ('adjusted', 'restocked'));
