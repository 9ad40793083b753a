"""The cast of orders and inventory (seed document 001): pick one or more classes, by name or in the web UI."""

from locustfiles import options
from locustfiles.scenarios.inventory.bulk_operations import BulkOperationsUser
from locustfiles.scenarios.inventory.error_conditions import ErrorConditionsUser
from locustfiles.scenarios.inventory.every_operation import EveryOperationUser
from locustfiles.scenarios.inventory.high_concurrency import HighConcurrencyUser
from locustfiles.scenarios.inventory.high_frequency_monitoring import HighFrequencyMonitoringUser
from locustfiles.scenarios.inventory.inventory_management import InventoryManagementUser
from locustfiles.scenarios.inventory.last_item_race import LastItemRaceUser
from locustfiles.scenarios.inventory.monitoring import MonitoringUser
from locustfiles.scenarios.inventory.order_processing import OrderProcessingUser
from locustfiles.scenarios.inventory.stock_depletion_recovery import StockDepletionRecoveryUser
from stampede import crowd

__all__ = [
    "BulkOperationsUser",
    "ErrorConditionsUser",
    "EveryOperationUser",
    "HighConcurrencyUser",
    "HighFrequencyMonitoringUser",
    "InventoryManagementUser",
    "LastItemRaceUser",
    "MonitoringUser",
    "OrderProcessingUser",
    "StockDepletionRecoveryUser",
    "crowd",
    "options",
]
