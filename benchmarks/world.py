"""Worlds of this repository's systems, made in process."""

import os
from typing import TypeVar

from seed.world import Seeder, make_engine, make_world

Parameters = TypeVar("Parameters")


def replace_world(database_url: str, seeder: Seeder[Parameters], world: Parameters) -> None:
    """Make a system's world anew, with seed 1."""
    engine = make_engine(database_url)
    try:
        make_world(engine, seeder, 1, world, reset=True, redis_url=os.environ.get("REDIS_URL"))
    finally:
        engine.dispose()
