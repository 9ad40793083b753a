"""What no check and no audit looks at, and why. Which row is changed depends on the world, so some may be looked at."""

HASH = "its value is the target's own; a key used for another request shows as answered_twice when it is sent again"
MOMENT = "a payment is no effect: its amount is compared, and its order's event bears the time of the same transaction"
NO_OPERATION = "the refusal of a key that no operation used changed nothing, and nobody was told of it"

UNSEEN = {
    "registration.events.request_hash": HASH,
    "registration.events.request_hash (refused)": HASH,
    "registration.events insert of fresh (refused)": NO_OPERATION,
    "inventory.events.request_hash": HASH,
    "inventory.events.request_hash (refused)": HASH,
    "inventory.events insert of fresh (refused)": NO_OPERATION,
    "inventory.movements.occurred_at": "an order's is compared; of a change to one product, that of its event",
    "inventory.payments.occurred_at": MOMENT,
}
