"""Who gets the last item: pure decisions over what was read under the locks (seed document 001, its contract)."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from api.problems import CONFLICT, Problem, ProblemError

PRODUCT_NOT_FOUND = Problem("product_not_found", "missing", "No such product.")
ORDER_NOT_FOUND = Problem("order_not_found", "missing", "No such order.")
SKU_TAKEN = Problem("sku_taken", "conflict", "There is a product with this SKU.")
SOLD_OUT = Problem("sold_out", "conflict", "There is not that much in stock.")
WRONG_AMOUNT = Problem("wrong_amount", "unprocessable", "This is not the order's total.")
ILLEGAL_TRANSITION = Problem("illegal_transition", "unprocessable", "The order's status does not allow that.")
REFUSALS = (PRODUCT_NOT_FOUND, ORDER_NOT_FOUND, SKU_TAKEN, SOLD_OUT, WRONG_AMOUNT, ILLEGAL_TRANSITION)

Status = Literal["PENDING", "PAID", "SHIPPED", "CANCELED"]
Action = Literal["create_product", "update_product", "adjust", "restock", "order", "pay", "ship", "cancel"]


@dataclass(frozen=True, slots=True)
class Wanted:
    """So many pieces of a product."""

    product_id: int
    quantity: int


@dataclass(frozen=True, slots=True)
class Asked:
    """One write. Products and an order are named by id; None where the action has none, or leaves it as it is."""

    action: Action
    order_id: int | None = None
    product_id: int | None = None
    lines: tuple[Wanted, ...] = ()
    adjustment: int | None = None
    quantity: int | None = None
    amount_cents: int | None = None
    name: str | None = None
    price_cents: int | None = None
    stock: int | None = None
    reason: str | None = None

    @property
    def purpose(self) -> str:
        """The action, and the order or product that it is for."""
        return f"{self.action} {self.order_id or self.product_id or ''}"

    @property
    def actor(self) -> None:
        """None: inventory has no sign-in."""


@dataclass(frozen=True, slots=True)
class Product:
    """A product as read for one decision; the version counts its movements."""

    id: int
    sku: str
    name: str
    price_cents: int
    stock: int
    version: int
    initial_stock: int

    @property
    def sold(self) -> int:
        """Pieces that are gone since the beginning, less those that came."""
        return self.initial_stock - self.stock

    def recounted(self, sold: int, version: int) -> "Product":
        """The same product with other counts."""
        return replace(self, stock=self.initial_stock - sold, version=version)


@dataclass(frozen=True, slots=True)
class Line:
    """A line of an order at the price of its time."""

    product_id: int
    quantity: int
    unit_price_cents: int


@dataclass(frozen=True, slots=True)
class Order:
    """An order as read for one decision; the version counts its events. `created_at` is ISO time, UTC, no offset."""

    id: int
    status: Status
    total_cents: int
    version: int
    created_at: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Movement:
    """A row to be of inventory.movements."""

    product_id: int
    version: int
    kind: str
    quantity: int
    stock_after: int
    price_cents: int
    order_id: int | None = None
    reason: str | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Payment:
    """A row to be of inventory.payments."""

    order_id: int
    kind: Literal["capture", "refund"]
    amount_cents: int


@dataclass(slots=True)
class Warehouse:
    """Products and orders while requests for them are decided in their order; it remembers what each one changed.

    `new_order_ids` are numbers for orders that may be placed; `now` is ISO time, UTC, no offset.
    """

    products: dict[int, Product]
    orders: dict[int, Order]
    new_order_ids: list[int]
    now: str
    placed: list[Order] = field(default_factory=list)
    movements: list[Movement] = field(default_factory=list)
    payments: list[Payment] = field(default_factory=list)

    def decide(self, asked: Asked) -> Product | Order | Problem:
        """Decide one request and apply it: what it was for as it is now, or why not."""
        if asked.action == "order":
            return self._place(asked.lines)
        if asked.order_id is not None:
            order = self.orders.get(asked.order_id)
            return self._apply_action(order, asked) if order else ORDER_NOT_FOUND
        product = self.products.get(asked.product_id or 0)
        return self._change(product, asked) if product else PRODUCT_NOT_FOUND

    def _place(self, wanted: Sequence[Wanted]) -> Order | Problem:
        """All lines or none."""
        if any(line.product_id not in self.products for line in wanted):
            return PRODUCT_NOT_FOUND
        if any(self.products[line.product_id].stock < line.quantity for line in wanted):
            return SOLD_OUT
        lines = tuple(
            Line(line.product_id, line.quantity, self.products[line.product_id].price_cents)
            for line in sorted(wanted, key=lambda line: line.product_id)
        )
        total_cents = sum(line.quantity * line.unit_price_cents for line in lines)
        order = Order(self.new_order_ids.pop(0), "PENDING", total_cents, 1, self.now, lines)
        self.placed.append(order)
        for line in lines:
            self._move(self.products[line.product_id], "order", -line.quantity, order.id)
        return order

    def _apply_action(self, order: Order, asked: Asked) -> Order | Problem:
        if asked.action == "pay":
            return self._pay(order, asked.amount_cents)
        if asked.action == "ship":
            return self._with_status(order, "SHIPPED") if order.status == "PAID" else ILLEGAL_TRANSITION
        return self._cancel(order)

    def _pay(self, order: Order, amount_cents: int | None) -> Order | Problem:
        if order.status != "PENDING":
            return ILLEGAL_TRANSITION
        if amount_cents not in (None, order.total_cents):
            return WRONG_AMOUNT
        self.payments.append(Payment(order.id, "capture", order.total_cents))
        return self._with_status(order, "PAID")

    def _cancel(self, order: Order) -> Order | Problem:
        """Give the stock back, and the money; once: who cancels again is told the same and changes nothing.

        Raises:
            ProblemError: `conflict`, where the order came to be after its products were looked for.
        """
        if order.status == "SHIPPED":
            return ILLEGAL_TRANSITION
        if order.status == "CANCELED":
            return order
        if any(line.product_id not in self.products for line in order.lines):
            raise ProblemError(CONFLICT)
        if order.status == "PAID":
            self.payments.append(Payment(order.id, "refund", order.total_cents))
        for line in order.lines:
            self._move(self.products[line.product_id], "cancel", line.quantity, order.id)
        return self._with_status(order, "CANCELED")

    def _with_status(self, order: Order, status: Status) -> Order:
        self.orders[order.id] = turned = replace(order, status=status, version=order.version + 1)
        return turned

    def _change(self, product: Product, asked: Asked) -> Product:
        if asked.adjustment is not None:
            return self._move(product, "adjust", max(asked.adjustment, -product.stock), reason=asked.reason)
        if asked.quantity is not None:
            return self._move(product, "restock", asked.quantity)
        changed = 0 if asked.stock is None else asked.stock - product.stock
        price_cents = asked.price_cents or product.price_cents
        edited = replace(product, name=asked.name or product.name, price_cents=price_cents)
        return self._move(edited, "set", changed, name=asked.name)

    def _move(
        self,
        product: Product,
        kind: str,
        quantity: int,
        order_id: int | None = None,
        reason: str | None = None,
        name: str | None = None,
    ) -> Product:
        moved = replace(product, stock=product.stock + quantity, version=product.version + 1)
        self.products[product.id] = moved
        self.movements.append(
            Movement(product.id, moved.version, kind, quantity, moved.stock, moved.price_cents, order_id, reason, name)
        )
        return moved
