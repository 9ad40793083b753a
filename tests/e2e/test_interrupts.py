import signal

import pytest

from tests.e2e.conftest import Lab, standing
from tests.e2e.interrupts import NEXT, PLANS, Interrupt, list_faults


@pytest.mark.parametrize(
    ("arguments", "number", "after_s"),
    [
        (NEXT, signal.SIGTERM, 3.5),
        (NEXT, signal.SIGKILL, 7.0),
        (PLANS[1][0], signal.SIGINT, 7.0),  # while users are spawned
        (PLANS[1][0], signal.SIGHUP, 9.0),
        (PLANS[1][0], signal.SIGKILL, 8.0),
    ],
)
def test_interrupted_run_leaves_a_lab_that_works(
    lab: Lab, arguments: tuple[str, ...], number: signal.Signals, after_s: float
) -> None:
    with standing(lab):
        assert list_faults(lab, Interrupt(arguments, number, after_s)) == []
