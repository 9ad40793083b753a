"""The systems that can be seeded."""

from typing import Any

from seed.registration import SEEDER as REGISTRATION
from seed.world import Seeder

SEEDERS: dict[str, Seeder[Any]] = {seeder.key: seeder for seeder in (REGISTRATION,)}
