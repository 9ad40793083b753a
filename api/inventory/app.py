"""The inventory system as an application of its own, with its own OpenAPI page."""

from api.inventory.router import router
from api.web.application import System

SYSTEM = System(
    key="inventory",
    title="Orders and inventory",
    summary="Products with stock, and orders that take from it at once and give it back when they are canceled.",
    router=router,
)
