"""Last item race: everybody wants the last items of the same product at once (seed document 001, scenario 1)."""

from typing import ClassVar

from gevent.lock import BoundedSemaphore
from locust import task
from locust.env import Environment
from locust.exception import StopUser

from locustfiles.clients.inventory import InventoryClient
from locustfiles.scenarios.inventory.inventory_user import InventoryUser
from locustfiles.utils.barrier import BARRIER
from locustfiles.utils.crowd import ROSTER


class Targets:
    """The products to be raced for, read once per worker and run: every user of it needs the same long list."""

    def __init__(self) -> None:
        self._turn = BoundedSemaphore()
        self._run_id = ""
        self._ids: list[int] = []

    def read(self, api: InventoryClient) -> list[int]:
        """The ids of all products; the first user to come reads them for the others."""
        assert ROSTER.crowd is not None
        with self._turn:
            if not self._ids or self._run_id != ROSTER.crowd.run_id:
                self._ids = [product["id"] for product in api.list_all_products()]
                self._run_id = ROSTER.crowd.run_id
            return self._ids


TARGETS = Targets()


class LastItemRaceUser(InventoryUser):
    """Waits at the barrier and orders one item when all do; a product is raced until somebody is told `sold_out`."""

    think_time_s: ClassVar[tuple[float, float]] = (0, 0)

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        BARRIER.join()

    def on_start(self) -> None:
        """Know what will be raced for.

        Raises:
            StopUser: there is nothing.
        """
        super().on_start()
        self._targets = TARGETS.read(self.api)
        if not self._targets:
            raise StopUser

    def on_stop(self) -> None:
        """Nobody waits for a user that is gone."""
        BARRIER.leave()

    @task
    def race(self) -> None:
        """Wait for the start, then order with everybody else."""
        wave = BARRIER.wait()
        outcome = self.api.order(self._targets[wave.target % len(self._targets)], 1)
        if outcome.label == "sold_out":
            BARRIER.report_full()
