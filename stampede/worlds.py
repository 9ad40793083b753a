"""Worlds made on behalf of a run, or for a lab that has none yet."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa

from seed import seeders
from seed.seeders import SEEDERS
from seed.world import WorldError, make_engine, make_world
from stampede.errors import StampedeError
from stampede.settings import Settings


def replace_world(settings: Settings, system: str, seed: int, parameters: Any) -> None:
    """Make a system's world anew.

    Raises:
        StampedeError: the database holds what is not ours, or broke off.
    """
    with _seeding(settings) as engine:
        make_world(engine, SEEDERS[system], seed, parameters, reset=True, redis_url=settings.redis_url)


@contextmanager
def _seeding(settings: Settings) -> Iterator[sa.Engine]:
    engine = make_engine(settings.database_url)
    try:
        yield engine
    except (WorldError, ValueError) as error:
        raise StampedeError(str(error)) from None
    finally:
        engine.dispose()


def make_missing_worlds(settings: Settings) -> Iterator[str]:
    """Make the default world of each system that has none; yields their names.

    Raises:
        StampedeError: as `replace_world`.
    """
    with _seeding(settings) as engine:
        yield from seeders.make_missing_worlds(engine, settings.redis_url)
