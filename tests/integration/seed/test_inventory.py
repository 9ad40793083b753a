from pathlib import Path
from typing import Any

import pytest
import requests

from seed.inventory import SEEDER, World, count_rows
from seed.world import WorldError, make_world
from tests.conftest import Database, Lab
from tests.integration.seed.test_seed import assert_one_sentence, rows, run_seed

SMALL = World(products=7, stock=(3, 0, 50), orders=17)
# Without what tells of the moment of seeding.
CONTENTS = (
    "select id, sku, name, price_cents, stock, version, initial_stock, initial_price_cents"
    " from inventory.products order by 1",
    "select id, status, total_cents, version from inventory.orders order by 1",
    "select order_id, product_id, quantity, unit_price_cents from inventory.order_lines order by 1, 2",
    "select id, product_id, version, kind, quantity, stock_after, price_cents, order_id"
    " from inventory.movements order by 1",
    "select id, action, product_id, product_version, order_id, order_version, status, refusal, op_id, request_hash,"
    " answer, seeded from inventory.events order by 1",
)


def contents(database: Database) -> list[list[tuple[Any, ...]]]:
    return [rows(database, query) for query in CONTENTS]


def make(database: Database, world: World = SMALL, seed: int = 1, **options: Any) -> None:
    make_world(database.engine, SEEDER, seed, world, **options)


def test_same_seed_gives_the_same_rows(empty_database: Database) -> None:
    make(empty_database, seed=7)
    first = contents(empty_database)
    make(empty_database, seed=7, reset=True)
    assert contents(empty_database) == first
    assert all(first)


def test_other_seed_gives_other_names_and_prices(empty_database: Database) -> None:
    make(empty_database, seed=7)
    products = contents(empty_database)[0]
    make(empty_database, seed=8, reset=True)
    others = contents(empty_database)[0]
    for column in (2, 3):
        assert [row[column] for row in products] != [row[column] for row in others]
    assert [row[:2] for row in products] == [row[:2] for row in others]


def test_products_are_numbered_from_one_and_stock_is_dealt_in_turn(empty_database: Database) -> None:
    make(empty_database)
    products = rows(empty_database, "select id, sku, stock from inventory.products order by id")
    stocks = [3, 0, 50, 3, 0, 50, 3]
    assert products == [(number, f"SEED-{number:06}", stock) for number, stock in enumerate(stocks, start=1)]


def test_names_hold_the_words_that_suites_search_for(empty_database: Database) -> None:
    make(empty_database, World(products=30))
    names = [name.lower() for (name,) in rows(empty_database, "select name from inventory.products")]
    for word in ("laptop", "phone", "premium", "pro"):
        assert any(word in name.split() for name in names)


def test_orders_from_the_start_agree_with_stock_ledger_and_events(empty_database: Database) -> None:
    make(empty_database)
    ledger = """
        select p.initial_stock, p.stock, p.version, p.initial_price_cents = p.price_cents,
               coalesce(array_agg((m.version, m.quantity, m.stock_after)::text order by m.version)
                        filter (where m.id is not null), '{}'),
               (select count(*) from inventory.order_lines l where l.product_id = p.id)
        from inventory.products p left join inventory.movements m on m.product_id = p.id
        group by p.id
    """
    for initial, stock, version, same_price, moved, lines in rows(empty_database, ledger):
        assert moved == [f"({n},-1,{initial - n})" for n in range(1, version + 1)]
        assert (stock, lines, same_price) == (initial - version, version, True)
    orders = """
        select o.id, o.status, o.version, o.total_cents = sum(l.quantity * l.unit_price_cents), count(m.id),
               (select array_agg((e.action, e.order_version, e.status, e.seeded)::text)
                from inventory.events e where e.order_id = o.id)
        from inventory.orders o
        left join inventory.order_lines l on l.order_id = o.id
        left join inventory.movements m
               on m.order_id = o.id and m.product_id = l.product_id and m.quantity = -l.quantity
        group by o.id order by o.id
    """
    event = ["(order,1,PENDING,t)"]
    assert rows(empty_database, orders) == [(number, "PENDING", 1, True, 1, event) for number in range(1, 18)]
    assert rows(empty_database, "select from inventory.payments") == []


def test_next_ids_go_on_from_the_last(empty_database: Database) -> None:
    for world in (SMALL, World(products=0, orders=0)):
        make(empty_database, world, reset=True)
        for table, last in (("products", world.products), ("orders", world.orders)):
            following = rows(empty_database, f"select nextval('inventory.{table}_id_seq')")
            assert following == [(last + 1,)]


def test_orders_of_the_world_can_be_paid_and_canceled(lab: Lab) -> None:
    """The session's world has six of them."""
    paid, canceled = (
        requests.post(f"{lab.api_url}/inventory/orders/{number}/{action}", timeout=30)
        for number, action in ((1, "pay"), (2, "cancel"))
    )
    assert [(one.status_code, one.json()["status"]) for one in (paid, canceled)] == [(200, "PAID"), (200, "CANCELED")]


@pytest.mark.parametrize(
    ("world", "message"),
    [(World(products=99_900), "99900 products do not fit"), (World(products=0, orders=3), "3 orders need")],
)
def test_numbers_that_do_not_fit_together_are_refused(empty_database: Database, world: World, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make(empty_database, world)


def test_progress_counts_every_row_once(empty_database: Database) -> None:
    advanced: list[int] = []
    make(empty_database, advance=advanced.append)
    assert sum(advanced) == count_rows(SMALL)


def test_schema_after_seeding_is_that_of_the_file(database: Database) -> None:
    query = """
        select conrelid::regclass::text, conname, pg_get_constraintdef(oid) from pg_constraint
        where connamespace = 'inventory'::regnamespace
        union all
        select tablename, indexname, indexdef from pg_indexes where schemaname = 'inventory'
        order by 1, 2
    """
    declared = rows(database, query)
    make(database, reset=True)
    assert rows(database, query) == declared


def test_reset_of_one_system_leaves_the_other_alone(database: Database) -> None:
    before = rows(database, "select seed, ready from stampede.worlds where system = 'registration'")
    with pytest.raises(WorldError, match="--reset"):
        make(database)
    make(database, seed=5, reset=True)
    assert rows(database, "select seed, ready from stampede.worlds where system = 'inventory'") == [(5, True)]
    assert rows(database, "select seed, ready from stampede.worlds where system = 'registration'") == before


def test_command_makes_the_world_that_its_options_name(empty_database: Database, tmp_path: Path) -> None:
    options = ("--products", "4", "--stock", "5,0", "--orders", "3", "--seed", "3")
    assert run_seed(empty_database, tmp_path, *options, system="inventory").returncode == 0
    assert rows(empty_database, "select stock from inventory.products order by id") == [(5,), (0,), (5,), (0,)]
    assert rows(empty_database, "select count(*) from inventory.orders") == [(3,)]
    assert rows(empty_database, "select seed, ready from stampede.worlds") == [(3, True)]
    assert_one_sentence(run_seed(empty_database, tmp_path, system="inventory"), "inventory world", "seed 3", "--reset")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--products", "0", "--orders", "1"), ("1 orders need at least one product",)),
        (("--products", "100000"), ("100000 products do not fit",)),
        (("--stock", "ten"), ("--stock", "not a list of numbers")),
        (("--stock", "10,-1"), ("--stock", "each number is at least 0")),
        (("--orders", "-1"), ("--orders",)),
    ],
    ids=lambda value: " ".join(value),
)
def test_command_says_what_does_not_fit(
    empty_database: Database, tmp_path: Path, options: tuple[str, ...], words: tuple[str, ...]
) -> None:
    assert_one_sentence(run_seed(empty_database, tmp_path, *options, system="inventory"), *words)
