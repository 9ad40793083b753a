import psycopg2

from seed.inventory import SEEDER, World
from seed.world import make_engine, make_world
from stampede.verification import verify
from tests.conftest import Lab, create_database

PLACE_ORDERS = "insert into inventory.orders (total_cents) select 1 from generate_series(1, 1000)"
COUNT_KNOWN = (
    "select relname, reltuples::integer from pg_class where relname in ('orders', 'payments') order by relname"
)


def test_verification_knows_how_much_the_load_left(lab: Lab) -> None:
    """A planner that takes tens of thousands of rows for ten joins them for minutes."""
    url = f"{lab.settings.database_url.rpartition('/')[0]}/verification"
    create_database(url)
    engine = make_engine(url)
    make_world(engine, SEEDER, 1, World(products=5, orders=10))
    engine.dispose()
    connection = psycopg2.connect(url)
    with connection, connection.cursor() as cursor:
        cursor.execute(PLACE_ORDERS)
    found = verify(url, "inventory", None)
    assert {check.outcome for check in found.checks} == {"pass", "fail"}  # orders without lines
    with connection, connection.cursor() as cursor:
        cursor.execute(COUNT_KNOWN)
        assert cursor.fetchall() == [("orders", 1010), ("payments", -1)]
    connection.close()
