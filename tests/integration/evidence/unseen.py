"""What no check and no audit looks at, and why. Which row is changed depends on the world, so some may be looked at."""

HASH = "its value is the target's own; a key used for another request shows as answered_twice when it is sent again"
MOMENT = "no answer tells it"
NO_OPERATION = "the refusal of a key that no operation used changed nothing, and nobody was told of it"
REFUSED = "not seen: a stored refusal changed nothing; of its row only key, actor, action and code are compared"

UNSEEN = {
    "inventory.events.answer created_at": MOMENT,
    "registration.events.request_hash": HASH,
    "registration.events.reserve_position": "not seen: the position that a drop gives up; no answer tells it",
    "registration.events.course_id (refused)": REFUSED,
    "registration.events.status (refused)": REFUSED,
    "registration.events.reserve_position (refused)": REFUSED,
    "registration.events.promoted_student_id (refused)": REFUSED,
    "registration.events.promoted_from_position (refused)": REFUSED,
    "registration.events.request_hash (refused)": HASH,
    "registration.events.occurred_at (refused)": MOMENT,
    "registration.events insert of fresh (refused)": NO_OPERATION,
    "inventory.events.request_hash": HASH,
    "inventory.events.occurred_at": MOMENT,
    "inventory.events.product_id (refused)": REFUSED,
    "inventory.events.order_id (refused)": REFUSED,
    "inventory.events.status (refused)": REFUSED,
    "inventory.events.request_hash (refused)": HASH,
    "inventory.events.occurred_at (refused)": MOMENT,
    "inventory.events insert of fresh (refused)": NO_OPERATION,
    "inventory.movements.occurred_at": MOMENT,
    "inventory.movements.reason": "compared with the reason that was asked for; the baseline's adjustments give none",
    "inventory.payments.occurred_at": MOMENT,
}

PAGE = "the read claims no completeness: it shows a page"
READ_CODE = "not seen: absent.actor allows it for an entity in which the reader holds nothing"
NO_ENTITY = "not seen: a read that names no entity is refused as if one were absent"

UNSEEN_ANSWERS = {
    "registration refusals: list_courses ok as not_registered": READ_CODE,
    "registration refusals: list_semesters ok as not_registered": READ_CODE,
    "registration refusals: my_courses ok as not_registered": READ_CODE,
    "registration refusals: view_course course_not_found as not_registered": READ_CODE,
    "inventory refusals: list_products ok as product_not_found": NO_ENTITY,
    "inventory refusals: list_products ok as order_not_found": NO_ENTITY,
    "inventory refusals: list_orders ok as product_not_found": NO_ENTITY,
    "inventory refusals: list_orders ok as order_not_found": NO_ENTITY,
    "inventory refusals: summary ok as product_not_found": NO_ENTITY,
    "inventory refusals: summary ok as order_not_found": NO_ENTITY,
    "inventory refusals: view_product product_not_found as order_not_found": "not seen: both mean that it is absent",
    "inventory fields: list_products without an item": PAGE,
    "inventory fields: list_orders without an item": PAGE,
}
