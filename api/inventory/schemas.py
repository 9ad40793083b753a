"""The shapes that cross the HTTP edge, as in contracts/inventory.md.

Money is a number with two decimals there, whole cents inside, and a Decimal in between. Where Python writes it as a
JSON number, it does so by way of a float, which is exact to the cent below 2^53 cents: no price and no order's total
comes near. The dashboard's sums may, and leave the database as numerics.
"""

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, PlainSerializer, WithJsonSchema

from api.inventory.rules import Line as StoredLine
from api.inventory.rules import Order as StoredOrder
from api.inventory.rules import Product as StoredProduct
from api.inventory.rules import Status

# Postgres takes no NUL in a text.
NO_NUL = r"^[^\x00]*$"
MAX_ID = 2**31 - 1
MAX_PRICE = 1_000_000
MAX_STOCK = 1_000_000_000
MAX_QUANTITY = 1_000_000
MAX_LINES = 20
MAX_TOTAL = MAX_PRICE * MAX_QUANTITY * MAX_LINES
CENT = Decimal("0.01")
LOCAL_TIME = r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{6}$"


def _refuse_others(value: object) -> object:
    """Refuse what pydantic would take for a number, and the page says is none."""
    if isinstance(value, (bool, str)):
        raise ValueError("not a number")  # noqa: TRY004  # pydantic passes a TypeError on
    return value


NUMBER = BeforeValidator(_refuse_others)  # after the bounds, or the page lacks them
# Pydantic's own page of a Decimal would promise that any text is taken.
AMOUNT = {"type": "number", "multipleOf": 0.01}
Price = Annotated[
    Decimal,
    Field(gt=0, le=MAX_PRICE, decimal_places=2),
    NUMBER,
    WithJsonSchema({**AMOUNT, "exclusiveMinimum": 0, "maximum": MAX_PRICE}),
]
Amount = Annotated[
    Decimal,
    Field(gt=0, le=MAX_TOTAL, decimal_places=2),
    NUMBER,
    WithJsonSchema({**AMOUNT, "exclusiveMinimum": 0, "maximum": MAX_TOTAL}),
]
Bound = Annotated[
    Decimal,
    Field(ge=0, le=MAX_PRICE, decimal_places=2),
    WithJsonSchema({**AMOUNT, "minimum": 0, "maximum": MAX_PRICE}),
]
Id = Annotated[int, Field(gt=0, le=MAX_ID), NUMBER]
Quantity = Annotated[int, Field(gt=0, le=MAX_QUANTITY), NUMBER]
Name = Annotated[str, Field(min_length=2, max_length=200, pattern=NO_NUL)]
Stock = Annotated[int, Field(ge=0, le=MAX_STOCK), NUMBER]
Money = Annotated[Decimal, PlainSerializer(float, return_type=float, when_used="json")]


def to_cents(price: Decimal) -> int:
    """Whole cents of an amount with at most two decimals."""
    return int(price.scaleb(2))


def from_cents(cents: int) -> Decimal:
    """The amount of so many cents."""
    return cents * CENT


class NewProduct(BaseModel):
    """A product to be; its SKU is unique ignoring case."""

    sku: Annotated[str, Field(min_length=1, max_length=50, pattern=r"^[A-Za-z0-9_-]+$")]
    name: Name
    price: Price
    stock: Stock


class ProductChange(BaseModel):
    """What is to change of a product; what is left out stays."""

    name: Name | None = None
    price: Price | None = None
    stock: Stock | None = None


class Adjustment(BaseModel):
    """Pieces that came (above 0) or went; stock ends at 0 at the lowest."""

    adjustment: Annotated[int, Field(ge=-MAX_QUANTITY, le=MAX_QUANTITY), NUMBER]
    reason: Annotated[str, Field(max_length=500, pattern=NO_NUL)] | None = None


class Restock(BaseModel):
    """Pieces that came."""

    quantity: Annotated[int, Field(gt=0, le=100_000), NUMBER]


class NewLine(BaseModel):
    """So many pieces of a product."""

    product_id: Id
    quantity: Quantity


def _refuse_repeated(lines: list[NewLine]) -> list[NewLine]:
    if len({line.product_id for line in lines}) < len(lines):
        raise ValueError("each product may stand in one line only")
    return lines


class NewBulkOrder(BaseModel):
    """An order of several products: all of it, or nothing."""

    lines: Annotated[list[NewLine], Field(min_length=1, max_length=MAX_LINES), AfterValidator(_refuse_repeated)]


class Payment(BaseModel):
    """What the client means to pay; without an amount, the order's total."""

    amount: Amount | None = None


class Product(BaseModel):
    """A product and its present stock."""

    id: int
    sku: str
    name: str
    price: Money
    stock: int

    @classmethod
    def of(cls, product: StoredProduct) -> "Product":
        """As a client sees it."""
        return cls(
            id=product.id,
            sku=product.sku,
            name=product.name,
            price=from_cents(product.price_cents),
            stock=product.stock,
        )


class Page(BaseModel):
    """One page of a list."""

    total: int
    page: int
    per_page: int
    total_pages: int


class ProductList(Page):
    """One page of products, by id."""

    products: list[Product]


class Line(BaseModel):
    """A line of an order, at the price of when it was placed."""

    product_id: int
    quantity: int
    unit_price: Money

    @classmethod
    def of(cls, line: StoredLine) -> "Line":
        """As a client sees it."""
        return cls(product_id=line.product_id, quantity=line.quantity, unit_price=from_cents(line.unit_price_cents))


class Order(BaseModel):
    """An order. `product_id` is that of its only line; null where there are several, and `quantity` their sum."""

    id: int
    product_id: int | None
    quantity: int
    status: Status
    # ISO time with six decimals, UTC, without an offset, so not the `date-time` of JSON Schema.
    created_at: Annotated[str, Field(json_schema_extra={"pattern": LOCAL_TIME})]
    total_value: Money
    lines: list[Line]

    @classmethod
    def of(cls, order: StoredOrder) -> "Order":
        """As a client sees it."""
        return cls(
            id=order.id,
            product_id=order.lines[0].product_id if len(order.lines) == 1 else None,
            quantity=sum(line.quantity for line in order.lines),
            status=order.status,
            created_at=order.created_at,
            total_value=from_cents(order.total_cents),
            lines=[Line.of(line) for line in order.lines],
        )


class OrderDetail(Order):
    """An order with its only product; null where there are several."""

    product: Product | None


class OrderList(Page):
    """One page of orders, the newest first."""

    orders: list[Order]


class ProductFigures(BaseModel):
    """What is in stock; `low_stock_count` counts those with a piece left, but few."""

    total: int
    in_stock: int
    out_of_stock: int
    low_stock_count: int
    total_stock_quantity: int
    total_stock_value: Money


class OrderFigures(BaseModel):
    """Orders by status, and the pieces in those that were not canceled."""

    total: int
    pending: int
    paid: int
    shipped: int
    canceled: int
    total_quantity_ordered: int


class InventorySummary(BaseModel):
    """Products and orders side by side."""

    products: ProductFigures
    orders: OrderFigures


class OrderSummary(BaseModel):
    """Orders alone; values and quantities without those canceled."""

    total_orders: int
    status_breakdown: dict[Status, int]
    total_quantity_ordered: int
    total_order_value: Money
    recent_orders: list[Order]


class Summary(BaseModel):
    """The dashboard; up to `CACHE_TTL_S` seconds old."""

    inventory: InventorySummary
    orders: OrderSummary


class DatabaseHealth(BaseModel):
    """The database, without anything that would open it."""

    connected: bool
    type: Literal["postgresql"] = "postgresql"
    url: str


class RedisHealth(BaseModel):
    """The cache."""

    connected: bool


class Health(BaseModel):
    """Whether the parts answer."""

    status: Literal["healthy", "unhealthy"]
    database: DatabaseHealth
    redis: RedisHealth
    api_version: str
