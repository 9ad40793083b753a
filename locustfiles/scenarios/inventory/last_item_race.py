"""Last item race: everybody wants the last items of the same product at once (seed document 001, scenario 1)."""

from collections.abc import Sequence
from typing import ClassVar

from locustfiles.scenarios.inventory.inventory_user import InventoryUser
from stampede.crowd import RaceUser
from stampede.crowd.barrier import Wave


class LastItemRaceUser(RaceUser, InventoryUser):
    """Waits at the barrier and orders one item when all do; a product is raced until somebody is told `sold_out`."""

    think_time_s: ClassVar[tuple[float, float]] = (0, 0)

    def read_targets(self) -> Sequence[int]:
        """The ids of all products."""
        return [product["id"] for product in self.api.list_all_products()]

    def race(self, target: int, wave: Wave) -> bool:
        """Order one item."""
        return self.api.order(target, 1).label == "sold_out"

    def read_after_race(self, target: int, _wave: Wave) -> None:
        """Read the product while others still order it."""
        self.api.view_product(target)
