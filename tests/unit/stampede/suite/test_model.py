from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest
from pydantic import ValidationError

from stampede.suite.model import Absent, Guard, Suite, System, Target
from stampede.suite.rules import SystemRules
from tests.unit.stampede.builders import make_suite

SHOP = System(path="/shop", kept_refusals=("sold_out",), absent=Absent(entity=("no_item",), actor=("no_order",)))


@pytest.fixture
def suite() -> Suite:
    return make_suite(Path("/suite"), target=Target("http://target"), systems={"shop": SHOP})


def test_users_are_sent_to_the_systems_path(suite: Suite) -> None:
    assert suite.host("shop") == "http://target/shop"


def test_system_without_a_section_has_defaults(suite: Suite) -> None:
    assert suite.host("bakery") == "http://target"
    assert suite.system("bakery").schemas == ("public",)


def test_audits_get_the_systems_rules(suite: Suite) -> None:
    expected = SystemRules(frozenset({"no_item"}), frozenset({"no_order"}), frozenset({"sold_out"}))
    assert suite.system("shop").rules == expected


@pytest.mark.parametrize(
    ("part", "path"),
    [
        ("effects", "/suite/sql/effects/shop.sql"),
        ("states", "/suite/sql/states/shop.sql"),
        ("checks", "/suite/sql/checks/shop"),
        ("audit", "/suite/sql/audit/shop"),
    ],
)
def test_sql_lies_below_the_folder(suite: Suite, part: str, path: str) -> None:
    assert suite.sql(part, "shop") == Path(path)


def test_right_strategies_come_first() -> None:
    assert Guard("lock", right=("lock", "atomic"), wrong=("none",)).strategies == ("lock", "atomic", "none")


def test_values_are_frozen(suite: Suite) -> None:
    with pytest.raises(FrozenInstanceError):
        suite.target.url = "http://elsewhere"  # type: ignore[misc]


def test_unknown_field_is_refused() -> None:
    with pytest.raises(ValidationError, match="heallth"):
        Target("http://target", heallth="/")  # type: ignore[call-arg]
