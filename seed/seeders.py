"""The systems that can be seeded."""

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa

from seed.inventory import SEEDER as INVENTORY
from seed.registration import SEEDER as REGISTRATION
from seed.world import Seeder, make_world, read_marker

DEFAULT_SEED = 1
SEEDERS: dict[str, Seeder[Any]] = {seeder.key: seeder for seeder in (REGISTRATION, INVENTORY)}


def make_missing_worlds(engine: sa.Engine, redis_url: str | None) -> Iterator[str]:
    """Make the default world of each system that has none, or an unfinished one; yields their names.

    Raises:
        WorldError: as `make_world`.
    """
    for system, seeder in SEEDERS.items():
        with engine.connect() as connection:
            marker = read_marker(connection, system)
        if marker is None or not marker["ready"]:
            make_world(engine, seeder, DEFAULT_SEED, seeder.parameters(), reset=True, redis_url=redis_url)
            yield system
