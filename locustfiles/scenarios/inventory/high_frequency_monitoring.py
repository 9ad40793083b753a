"""High-frequency monitoring: a dashboard that never rests (seed document 001, scenario 4)."""

from typing import ClassVar

from locust import task

from locustfiles.scenarios.inventory.inventory_user import InventoryUser

RECENT = 20


class HighFrequencyMonitoringUser(InventoryUser):
    """Asks again and again; sums over all products and orders are the dearest reads there are."""

    think_time_s: ClassVar[tuple[float, float]] = (0.5, 1)

    @task(5)
    def check_health(self) -> None:
        """Ask whether all is well."""
        self.api.check_health()

    @task(3)
    def view_summary(self) -> None:
        """Refresh the dashboard."""
        self.api.view_summary()

    @task(2)
    def list_recent_orders(self) -> None:
        """Look at the newest orders."""
        self.api.list_recent_orders(RECENT)
