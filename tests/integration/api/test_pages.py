from collections.abc import Iterator

import pytest

from api.main import SYSTEMS
from tests.conftest import Lab, running_lab
from tests.pages import try_page

CASES = 200


@pytest.fixture(scope="module")
def own() -> Iterator[Lab]:
    """A stack of this module's own, whose world may become anything."""
    with running_lab() as lab:
        yield lab


@pytest.mark.parametrize("system", [system.key for system in SYSTEMS])
def test_system_is_true_to_its_page(own: Lab, system: str) -> None:
    try_page(own, system, CASES, "--generation-deterministic")
