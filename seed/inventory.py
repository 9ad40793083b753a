"""The inventory world: products, and orders in bulk.

The original starts empty (contracts/inventory.md): SKUs are ours alone, so a suite that makes its own products
meets none of them.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from itertools import chain, islice
from typing import Annotated

import sqlalchemy as sa
from faker import Faker

from seed.copy import NULL, fill_table
from seed.options import number_option, numbers_option
from seed.world import Advance, Seeder

SYSTEM = "inventory"
KINDS = ("Laptop", "Phone", "Tablet", "Watch", "Headphone", "Camera")
GRADES = ("Premium", "Pro", "Classic", "Mini")
PRICES_CENTS = (1_000, 200_000)
BLOCK_ROWS = 1000
# Everything below stays clear of the ids that suites use for products that do not exist.
FIRST_UNKNOWN_ID = 99_900


@dataclass(frozen=True, slots=True)
class World:
    """Orders and inventory (seed document 001)."""

    products: Annotated[int, number_option("Products with ids from 1.", 0)] = 200
    stock: Annotated[tuple[int, ...], numbers_option("Pieces in stock, dealt to the products in turn.", 0)] = (100,)
    # Beside that stock. Without any, the checks of orders would look at nothing.
    orders: Annotated[int, number_option("Orders of one piece there from the start, over the products in turn.", 0)] = (
        100
    )


@dataclass(frozen=True, slots=True)
class Product:
    """A product of the world, and how many pieces were ordered from the start; its id is its place, from 1."""

    id: int
    sku: str
    name: str
    price_cents: int
    stock: int
    sold: int


def plan_products(seed: int, world: World) -> list[Product]:
    """All products.

    Raises:
        ValueError: more than fit below the ids of products that do not exist, or orders of nothing.
    """
    if world.products >= FIRST_UNKNOWN_ID:
        raise ValueError(f"{world.products} products do not fit: ids from {FIRST_UNKNOWN_ID} on must stay unknown.")
    if world.orders and not world.products:
        raise ValueError(f"{world.orders} orders need at least one product.")
    faker = Faker()
    faker.seed_instance(seed)
    chance = random.Random(seed)  # noqa: S311  # prices, not secrets
    planned = []
    for n in range(world.products):
        words = (faker.word().title(), GRADES[n % len(GRADES)], KINDS[n % len(KINDS)])
        sold = world.orders // world.products + (n >= world.products - world.orders % world.products)
        price_cents = chance.randint(*PRICES_CENTS)
        stock = world.stock[n % len(world.stock)]
        planned.append(Product(n + 1, f"SEED-{n + 1:06}", " ".join(words), price_cents, stock, sold))
    return planned


def _blocks(lines: Iterator[str]) -> Iterator[list[str]]:
    while block := list(islice(lines, BLOCK_ROWS)):
        yield block


def _row(*values: object) -> str:
    return "\t".join(str(value) for value in values)


def _product_rows(products: list[Product]) -> Iterator[str]:
    for one in products:
        start = one.stock + one.sold
        yield _row(one.id, one.sku, one.name, one.price_cents, one.stock, one.sold, one.name, start, one.price_cents)


def _bought(products: list[Product], orders: int) -> Iterator[tuple[int, Product, int]]:
    """Each order's id, its product, and the how many-th of that product it is.

    Where there is not one for each, the last products have it: a race begins at the first ones.
    """
    first = -orders % len(products) if products else 0
    for n in range(orders):
        turn, place = divmod(n + first, len(products))
        yield n + 1, products[place], turn + (place >= first)


PRODUCT_COLUMNS = "id, sku, name, price_cents, stock, version, initial_name, initial_stock, initial_price_cents"


def load(engine: sa.Engine, seed: int, world: World, advance: Advance) -> None:
    """Fill every table of the system.

    Raises:
        ValueError: the world's numbers do not fit together.
    """
    now = datetime.now(UTC)
    products = plan_products(seed, world)

    def fill(table: str, columns: str, lines: Iterator[str]) -> None:
        fill_table(engine, SYSTEM, table, columns, _blocks(lines), advance)

    bought = partial(_bought, products, world.orders)
    fill("products", PRODUCT_COLUMNS, _product_rows(products))
    fill("orders", "id, total_cents, created_at", (_row(order, one.price_cents, now) for order, one, _ in bought()))
    fill(
        "order_lines",
        "order_id, product_id, quantity, unit_price_cents",
        (_row(order, one.id, 1, one.price_cents) for order, one, _ in bought()),
    )
    fill(
        "movements",
        "product_id, version, kind, quantity, stock_after, price_cents, order_id, occurred_at",
        (
            _row(one.id, n, "order", -1, one.stock + one.sold - n, one.price_cents, order, now)
            for order, one, n in bought()
        ),
    )
    fill("payments", "order_id, kind, amount_cents", iter(()))
    fill(
        "events",
        "action, product_id, order_id, order_version, status, answer, seeded, occurred_at",
        chain(
            (_row("create_product", one.id, *[NULL] * 4, "t", now) for one in products),
            (_row("order", NULL, order, 1, "PENDING", NULL, "t", now) for order, _, _ in bought()),
        ),
    )
    _go_on_counting(engine)


# Rows came with ids of their own; the next one goes on from there.
GO_ON = """
select setval('inventory.{table}_id_seq', (select coalesce(max(id), 0) from inventory.{table}) + 1, false)
"""


def _go_on_counting(engine: sa.Engine) -> None:
    with engine.begin() as connection:
        for table in ("products", "orders"):
            connection.execute(sa.text(GO_ON.format(table=table)))


def count_rows(world: World) -> int:
    """Rows that `load` will copy."""
    return 2 * world.products + 4 * world.orders


SEEDER = Seeder(SYSTEM, World, count_rows, load)
