import pytest

from api.main import SYSTEMS
from tests.conftest import running_lab
from tests.pages import try_page

CASES = 2000
TIMEOUT_S = 900


@pytest.mark.timeout(TIMEOUT_S)
@pytest.mark.parametrize("system", [system.key for system in SYSTEMS])
def test_system_is_true_to_its_page_at_length(system: str) -> None:
    """With another seed at each run, which schemathesis prints."""
    with running_lab() as lab:
        try_page(lab, system, CASES)
