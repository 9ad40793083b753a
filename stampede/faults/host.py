"""Faults of Compose services: requests in a folder that the host side reads, since no container gets Docker's socket.

`<n>.request` holds `VERB SERVICE [child]`; deploy/compose.sh carries it out and answers with `<n>.answer`: the exit
code in the first line, then what was said.
"""

import time
from functools import partial
from itertools import count
from pathlib import Path

from stampede.errors import StampedeError
from stampede.faults.step import Step
from stampede.stack.programs import MASTER, WORKER
from stampede.suite.fault import Fault
from stampede.suite.targets import FaultTarget

TIMEOUT_S = 40.0
POLL_S = 0.02
NUMBERS = count(1)


def service_step(requests: Path | None, fault: Fault, target: FaultTarget) -> Step:
    """How a fault of a service is carried out.

    Raises:
        StampedeError: the target names no service, or nobody reads requests.
    """
    if not target.service:
        raise StampedeError("on Compose the target needs a service ([faults.targets] of suite.toml) or commands")
    if requests is None or not requests.is_dir():
        raise StampedeError("faults on Compose are carried out by the host: start the run with make or compose.sh")
    ask = partial(_ask, requests)
    begin = partial(ask, fault.verb, target.service, *(["child"] if target.child and fault.verb == "kill" else []))
    if fault.verb == "pause":
        return Step(begin, partial(ask, "unpause", target.service))
    # Without their master the workers would go on for ever.
    return Step(begin, finish=partial(ask, "restart", WORKER)) if target.service == MASTER else Step(begin)


def _ask(requests: Path, *words: str) -> None:
    """Write a request and wait for its answer."""
    name = f"{next(NUMBERS)}"
    unfinished = requests / f"{name}.part"
    unfinished.write_text(" ".join(words) + "\n")
    unfinished.rename(requests / f"{name}.request")
    answer = requests / f"{name}.answer"
    deadline = time.monotonic() + TIMEOUT_S
    while not answer.exists():
        if time.monotonic() > deadline:
            raise StampedeError(f"the host did not answer within {TIMEOUT_S:.0f} s")
        time.sleep(POLL_S)
    code, *said = answer.read_text().splitlines() or ["1"]
    if code != "0":
        raise StampedeError(said[-1] if said else f"exit code {code}")
