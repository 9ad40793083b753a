from collections.abc import Iterator
from contextlib import suppress

import psutil
import pytest

from tests.conftest import Lab, running_lab, wait_until
from tests.integration.api.conftest import WAYS_TO_DECIDE, Campus
from tests.integration.api.inventory.conftest import Shop


@pytest.fixture(scope="module")
def mortal() -> Iterator[Lab]:
    """A stack of this module's own, whose Postgres is killed."""
    with running_lab() as lab:
        yield lab


def find_server(lab: Lab) -> list[psutil.Process]:
    port = str(lab.settings.postgres.postgres_port)
    # With attributes, a process that has just ended gives None instead of an error.
    found = psutil.process_iter(["cmdline"])
    postmaster = next(one for one in found if {"-D", port} <= set(one.info["cmdline"] or ()))
    return [postmaster, *postmaster.children(recursive=True)]


def kill(processes: list[psutil.Process]) -> None:
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(processes)


@pytest.mark.parametrize("way", WAYS_TO_DECIDE)
def test_keyed_refusal_survives_killed_postgres(mortal: Lab, way: str) -> None:
    with mortal.target(LOCKING=way, API_WORKERS="1") as url:
        campus, shop = Campus(mortal, url), Shop(mortal, url)
        course, student, product = campus.course(), campus.student(), shop.product(stock=0)
        assert student.register(course).status_code == 200
        assert shop.order(product).status_code == 409
        server = find_server(mortal)
        first = [student.register(course, f"{way} seat"), shop.order(product, key=f"{way} item")]
        kill(server)
        mortal.stop("postgres")
        mortal.start("postgres")
        assert [answer.json()["code"] for answer in first] == ["already_registered", "sold_out"]
        stored = [*campus.events(course)[1:], *shop.keyed(f"{way} item")]
        assert [event.refusal for event in stored] == ["already_registered", "sold_out"]
        wait_until(lambda: student.register(course, f"{way} seat").status_code != 503)
        again = [student.register(course, f"{way} seat"), shop.order(product, key=f"{way} item")]
        assert [answer.content for answer in again] == [answer.content for answer in first]
        assert [answer.headers.get("Idempotency-Replayed") for answer in again] == ["true", "true"]
