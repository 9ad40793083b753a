"""Worlds made on behalf of a run, or for a lab that has none yet."""

from collections.abc import Iterator
from typing import Any

from seed.seeders import SEEDERS
from seed.world import WorldError, make_engine, make_world, read_marker
from stampede.errors import StampedeError
from stampede.settings import Settings

DEFAULT_SEED = 1


def replace_world(settings: Settings, system: str, seed: int, parameters: Any) -> None:
    """Make a system's world anew.

    Raises:
        StampedeError: the database holds what is not ours, or broke off.
    """
    engine = make_engine(settings.database_url)
    try:
        make_world(engine, SEEDERS[system], seed, parameters, reset=True, redis_url=settings.redis_url)
    except (WorldError, ValueError) as error:
        raise StampedeError(str(error)) from None
    finally:
        engine.dispose()


def make_missing_worlds(settings: Settings) -> Iterator[str]:
    """Make the default world of each system that has none, or an unfinished one; yields their names.

    Raises:
        StampedeError: as `replace_world`.
    """
    engine = make_engine(settings.database_url)
    for system, seeder in SEEDERS.items():
        with engine.connect() as connection:
            marker = read_marker(connection, system)
        if marker is None or not marker["ready"]:
            replace_world(settings, system, DEFAULT_SEED, seeder.parameters())
            yield system
    engine.dispose()
