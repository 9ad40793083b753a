"""The systems that can be seeded."""

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from seed.world import SCHEMA_FOLDER, Seeder, make_world, read_marker

DEFAULT_SEED = 1
# A module of this folder has a seeder if a schema file has the same name.
SEEDERS: dict[str, Seeder[Any]] = {
    path.stem: import_module(f"seed.{path.stem}").SEEDER
    for path in sorted(Path(__file__).parent.glob("*.py"))
    if (SCHEMA_FOLDER / f"{path.stem}.sql").exists()
}


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
