"""Clean histories give no row; each planted anomaly is reported by its audit and at most by its companions.

`STAMPEDE_EXAMPLES=200` draws 200 batches of `BATCH` clean histories instead of four: 10,000 and no row.
"""

import os
import random
import re
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stampede.verify.audits import run_audits
from tests.property.clients import simulate
from tests.property.files import write_evidence
from tests.property.model import History, Size
from tests.property.plants import PLANTS

BATCH = 50
EXAMPLES = int(os.environ.get("STAMPEDE_EXAMPLES", "4"))
SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example]

sizes = st.builds(
    Size,
    seed=st.integers(0, 2**40),
    clients=st.integers(1, 6),
    operations=st.integers(1, 12),
    courses=st.integers(1, 3),
    products=st.integers(1, 2),
    capacity=st.integers(1, 3),
    trouble=st.sampled_from([0.0, 0.1, 0.3, 0.6]),
    latency=st.sampled_from([0.001, 0.02, 0.1]),
)


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=SLOW)
@given(st.lists(sizes, min_size=BATCH, max_size=BATCH), st.integers(0, 2**40))
def test_clean_histories_give_no_row(drawn: list[Size], clocks: int) -> None:
    histories = [simulate(f"h{i}", size) for i, size in enumerate(drawn)]
    with tempfile.TemporaryDirectory() as name:
        write_evidence(histories, Path(name), clocks)
        results = run_audits(Path(name) / "evidence")
    assert [(r.name, r.outcome, r.reason, r.rows[:2]) for r in results if r.outcome != "pass"] == []


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=SLOW)
@given(st.integers(0, 2**40))
def test_planted_anomalies_are_named(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311
    histories: list[History] = []
    planted: dict[str, str] = {}
    for kind, plant in PLANTS.items():
        for _ in range(20):
            name = f"h{len(histories)}"
            size = Size(chance.randrange(2**40), 5, 12, 2, 2, 2, 0.2, chance.choice([0.001, 0.02, 0.1]))
            history = simulate(name, size)
            if plant.plant(history, chance):
                histories.append(history)
                planted[name] = kind
                break
    with tempfile.TemporaryDirectory() as folder:
        write_evidence(histories, Path(folder), seed)
        results = run_audits(Path(folder) / "evidence", rows_kept=10_000)
    assert {r.outcome for r in results} == {"fail"}
    reported: dict[str, set[str]] = {name: set() for name in planted}
    for result in results:
        for row in result.rows:
            found = re.search(r"\bh\d+\b", f"{row.entity} {row.detail}")
            reported[found.group() if found else row.entity].add(result.name)
    wrong = {}
    for name, audits in reported.items():
        plant = PLANTS[planted[name]]
        if plant.audit not in audits or audits - plant.companions - {plant.audit}:
            wrong[planted[name]] = audits
    assert wrong == {}
    assert set(planted.values()) == set(PLANTS)
