"""How a write is decided once and under a lock: the decision, the locking strategies, and the turns before them."""
