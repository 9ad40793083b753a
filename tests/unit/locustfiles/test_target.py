import pytest

from locustfiles import all_tests
from locustfiles.scenarios.inventory.last_item_race import LastItemRaceUser
from locustfiles.scenarios.registration.race_condition import RaceConditionUser
from locustfiles.target import TARGET_URL, SystemUser, pick_host


@pytest.mark.parametrize(
    ("given", "host"),
    [
        (None, f"{TARGET_URL}/inventory"),
        ("", f"{TARGET_URL}/inventory"),
        ("http://there:8500/inventory", "http://there:8500/inventory"),
        ("http://there:8500/inventory/", "http://there:8500/inventory"),
        ("http://there:8500/lab/registration", "http://there:8500/lab/inventory"),
        ("http://there:8500", "http://there:8500/inventory"),
        ("http://there:8500/", "http://there:8500/inventory"),
        ("http://there:8500/lab", "http://there:8500/lab/inventory"),
        ("http://registration", "http://registration/inventory"),
    ],
)
def test_user_goes_to_its_own_system(given: str | None, host: str) -> None:
    assert pick_host(given, "inventory") == host


def test_web_ui_shows_the_host_of_each_system() -> None:
    assert RaceConditionUser.host == f"{TARGET_URL}/registration"
    assert LastItemRaceUser.host == f"{TARGET_URL}/inventory"


def test_default_cast_holds_users_of_every_system() -> None:
    members = vars(all_tests).values()
    cast = [member for member in members if isinstance(member, type) and issubclass(member, SystemUser)]
    assert {user_class.system for user_class in cast} == {"inventory", "registration"}
