"""`python -m tests.e2e.interrupts --count 50`: interrupt runs at random moments; the next run must PASS each time.

It keeps a lab of its own up in a temporary folder. The moments follow from --seed.
"""

import argparse
import random
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from subprocess import TimeoutExpired

from tests.e2e.conftest import ANY_SPEED, SMALL_WORLD, Lab, standing

# Speed is not the subject, and other work on the machine would decide it.
NEXT = ("run", "registration/race_condition", "--run-time", "6s", *SMALL_WORLD, *ANY_SPEED)
# Each with the longest that it takes, in seconds: the second one spawns for 10 s, the third has a fault at any moment.
PLANS = (
    (NEXT, 17.0),
    (("run", "inventory/medium", "--run-time", "12s", *ANY_SPEED), 24.0),
    (("run", "inventory/faults"), 45.0),
    (("run", "registration/faults_latency"), 26.0),
)
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL)
CODES = {130, -signal.SIGKILL}
END_TIMEOUT_S = 60


@dataclass(frozen=True)
class Interrupt:
    """A signal to a run, so long after its start."""

    arguments: tuple[str, ...]
    number: signal.Signals
    after_s: float

    def __str__(self) -> str:
        return f"{self.number.name} to {self.arguments[1]} after {self.after_s:.1f} s"


def list_faults(lab: Lab, interrupt: Interrupt) -> list[str]:
    """Interrupt a run, then make another; a sentence for each thing that is not as it must be."""
    before = (lab.reports / "latest").resolve().name
    run = lab.start(*interrupt.arguments)
    try:
        _, err = run.communicate(timeout=interrupt.after_s)
        faults = []  # it had ended before
    except TimeoutExpired:
        run.send_signal(interrupt.number)
        sent = time.monotonic()
        _, err = run.communicate(timeout=END_TIMEOUT_S)
        ended_as_it_came = "Report:" in err and time.monotonic() - sent < 1
        faults = [] if ended_as_it_came else list(_judge_end(lab, run.returncode, err, before))
    code, out, err = lab.call(*NEXT)
    return faults if code == 0 else [*faults, f"the next run ended with {code}: {out}{err}"]


def _judge_end(lab: Lab, code: int, err: str, before: str) -> Iterator[str]:
    """A run that has said what it does has a report of its own, which is UNKNOWN."""
    if code not in CODES:
        yield f"exit code {code}: {err}"
    if "Traceback" in err:
        yield err
    latest = (lab.reports / "latest").resolve().name
    if "preflight" in err and (latest == before or lab.verdict()["verdict"] != "UNKNOWN"):
        yield f"{latest} is {lab.verdict()['verdict']}: {err}"


def main() -> None:
    """Print a line for each interrupt; exit code 1 if one broke the lab."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    # A shell starts programs in the background with these ignored, and the runs would inherit that.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    draw, broken = random.Random(given.seed), 0  # noqa: S311  # moments, not secrets
    with tempfile.TemporaryDirectory(prefix="stampede-interrupts-") as folder, standing(Lab(Path(folder))) as lab:
        for number in range(1, given.count + 1):
            arguments, longest_s = draw.choice(PLANS)
            interrupt = Interrupt(arguments, draw.choice(SIGNALS), draw.uniform(0.1, longest_s))
            started = time.monotonic()
            faults = list_faults(lab, interrupt)
            broken += bool(faults)
            took_s = time.monotonic() - started
            found = "; ".join(faults) or "PASS"
            print(f"{number}/{given.count} {interrupt}: {found} ({took_s:.0f} s)", flush=True)  # noqa: T201
        lab.call("down")
        lab.call("reset", "--yes")
    sys.exit(1 if broken else 0)


if __name__ == "__main__":
    main()
