"""What every user of the inventory does: nobody signs in; products are made and looked up alike."""

from collections import deque
from collections.abc import Iterable
from itertools import count
from random import choice, randint
from typing import Any, ClassVar

from locust.env import Environment

from locustfiles.clients.inventory import InventoryClient, make_sku
from locustfiles.target import SystemUser
from stampede.crowd.roster import Part

KINDS = ("LAPTOP", "PHONE", "TABLET", "WATCH", "HEADPHONE", "CAMERA")
PRICE_CENTS = (1_000, 200_000)
STOCK = (5, 500)
# A user that remembers all it ever saw grows for as long as the run does.
REMEMBERED = 50
NUMBERS = count(1)


def draw_price() -> float:
    """A price with two decimals."""
    return randint(*PRICE_CENTS) / 100  # noqa: S311  # a draw, not a secret


def draw_product(part: Part, kind: str | None = None) -> dict[str, Any]:
    """A product that does not exist yet."""
    kind = kind or choice(KINDS)  # noqa: S311  # a draw, not a secret
    sku = make_sku(kind, part, next(NUMBERS))
    name = f"Premium {kind.title()} {sku[-12:]}"
    return {"sku": sku, "name": name, "price": draw_price(), "stock": randint(*STOCK)}  # noqa: S311  # likewise


class InventoryUser(SystemUser):
    """A user of the inventory; the subclasses say what it is after."""

    abstract = True
    system: ClassVar[str] = "inventory"

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        self.api = InventoryClient(self)
        self.product_ids: deque[int] = deque(maxlen=REMEMBERED)

    def remember(self, products: Iterable[dict[str, Any]]) -> None:
        """Know these products; the earliest known are forgotten."""
        self.product_ids.extend(product["id"] for product in products)

    def create_product(self) -> None:
        """Make a product, and know it."""
        outcome = self.api.create_product(self.draw_product())
        if outcome.kind == "ok":
            self.remember([outcome.body])

    def draw_product(self, kind: str | None = None) -> dict[str, Any]:
        """A product that does not exist yet."""
        return draw_product(self.run_part.part, kind)

    def any_product(self) -> int | None:
        """One of the known products."""
        return choice(self.product_ids) if self.product_ids else None  # noqa: S311  # a draw, not a secret
