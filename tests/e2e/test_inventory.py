"""The second system on the local stack, by its plans."""

import re
from collections.abc import Iterator

import pytest

from tests.e2e.conftest import ANY_SPEED, Lab, standing

LAST_ITEMS = ("run", "inventory/last_item_race", "--run-time", "6s", "--world", "products=300")


@pytest.fixture(scope="module")
def shop(lab: Lab) -> Iterator[Lab]:
    with standing(lab):
        yield lab


def test_no_locking_sells_more_than_there_was_and_names_the_product(lab: Lab) -> None:
    code, out, err = lab.call(*LAST_ITEMS, LOCKING="none")
    assert code == 1, out + err
    oversold = next(check for check in lab.verdict()["checks"] if check["name"] == "sold_within_stock")
    assert oversold["offenders"] > 0
    row = oversold["rows"][0]
    there, sold = (int(re.findall(r"\d+", row[column])[0]) for column in ("expected", "actual"))
    assert (there, sold > there) == (5, True)
    assert "SEED-" in row["entity"]
    assert row["entity"] in out


def test_last_items_are_sold_once(shop: Lab) -> None:
    code, out, err = shop.call(*LAST_ITEMS, *ANY_SPEED)
    assert code == 0, out + err
    verdict = shop.verdict()
    assert shop.count("ok") > 50
    rows = {row["name"]: row["requests"] for row in verdict["load"]["rows"]}
    assert rows["Create Order [sold_out]"] > rows["Create Order [PENDING]"]
    assert all(check["population"] > 0 for check in verdict["checks"])


@pytest.mark.parametrize("plan", ["bulk_operations", "high_frequency_monitoring", "error_conditions", "staging"])
def test_every_other_scenario_passes(shop: Lab, plan: str) -> None:
    code, out, err = shop.call("run", f"inventory/{plan}", "--run-time", "5s", *ANY_SPEED)
    assert code == 0, out + err
    assert shop.verdict()["load"]["failures"] == 0


def test_heavy_mix_is_held_to_its_kinds_of_request(shop: Lab) -> None:
    limits = [f"{kind}: average < 5s" for kind in ("GET", "POST", "PUT", "complex")]
    thresholds = [part for limit in limits for part in ("--only-threshold", limit)]
    code, out, err = shop.call(
        "run", "inventory/heavy", "--run-time", "6s", "--users", "40", "--spawn-rate", "40", *thresholds
    )
    assert code == 0, out + err
    assert [result["outcome"] for result in shop.verdict()["thresholds"]] == ["pass"] * 4
