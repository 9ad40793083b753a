"""Monitoring: somebody watches the shop at leisure (seed document 001, 20 %)."""

from random import choice
from typing import ClassVar

from locust import task

from locustfiles.scenarios.inventory.inventory_user import InventoryUser

LIMITS = (5, 10, 20)


class MonitoringUser(InventoryUser):
    """Asks for health and sums, and reads the documentation."""

    weight = 2
    think_time_s: ClassVar[tuple[float, float]] = (5, 15)

    @task(10)
    def check_health(self) -> None:
        """Ask whether all is well."""
        self.api.check_health()

    @task(8)
    def view_summary(self) -> None:
        """Look at the sums."""
        self.api.view_summary()

    @task(5)
    def view_docs(self) -> None:
        """Open the documentation."""
        self.api.view_docs()

    @task(3)
    def list_recent_orders(self) -> None:
        """Look at the newest orders."""
        self.api.list_recent_orders(choice(LIMITS))  # noqa: S311  # a draw, not a secret
