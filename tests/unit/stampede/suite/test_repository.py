"""The suite of this repository: its plans, users, worlds and queries fit together."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import typer.main

from seed.__main__ import app as seeder
from stampede.lab.world import world_command
from stampede.suite.check import load_checks
from stampede.suite.load import load_suite, parse_toml
from stampede.suite.model import Suite
from stampede.suite.plans import Plan, list_plans
from stampede.verify.audits import run_audits
from stampede.verify.views import run_query
from tests import ROOT
from tests.unit.stampede.verify.evidence import lay

TABLES = {
    f"{path.stem}/{name}": table
    for path in sorted((ROOT / "plans").glob("*.toml"))
    for name, table in parse_toml(path, path.read_text()).items()
}
KEYS = list(TABLES)
every_plan = pytest.mark.parametrize("key", KEYS)
EMPTY: dict[str, Any] = {"effects": [], "states": [], "frozen_before": [], "frozen_after": []}


@pytest.fixture
def plan(repository: Suite, key: str) -> Plan:
    return next(plan for plan in list_plans(repository) if plan.key == key)


@cache
def literals(*folders: Path) -> set[str]:
    """Every text that stands in the modules of some folders."""
    trees = (ast.parse(path.read_text()) for folder in folders for path in folder.rglob("*.py"))
    return {
        node.value
        for tree in trees
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


def exported(path: Path) -> Iterator[str]:
    """The names in `__all__` of a module, and of those whose names it imports with a star."""
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            yield from ast.literal_eval(node.value)
        if isinstance(node, ast.ImportFrom) and node.names[0].name == "*":
            assert node.module
            yield from exported(ROOT / f"{node.module.replace('.', '/')}.py")


def test_every_plan_is_listed(repository: Suite) -> None:
    assert [plan.key for plan in list_plans(repository)] == KEYS
    assert len(KEYS) > 10


@every_plan
def test_plans_users_are_in_the_locustfile(repository: Suite, plan: Plan) -> None:
    assert set(plan.user_classes) <= set(exported(repository.folder / repository.stack.locustfile))


@every_plan
def test_plans_system_is_in_the_suite(repository: Suite, plan: Plan) -> None:
    assert plan.system in repository.systems


@every_plan
def test_plans_world_can_be_seeded(repository: Suite, plan: Plan) -> None:
    """The seeder's own command line parses it; nothing is seeded."""
    command = world_command(repository, plan.system, plan.seed, plan.world)
    assert command[1:4] == ["-m", "seed", plan.system]
    group = typer.main.get_command(seeder)
    seed = group.commands[plan.system]  # type: ignore[attr-defined]  # a group
    parsed = seed.make_context(plan.system, command[4:]).params
    assert parsed["seed"] == plan.seed
    assert parsed["reset"]
    assert parsed.items() >= plan.world.items()


@every_plan
def test_plans_operations_are_recorded(plan: Plan) -> None:
    recorded = literals(ROOT / "locustfiles" / "clients", ROOT / "locustfiles" / "scenarios" / plan.system)
    assert {*plan.operations, *plan.mix} <= recorded


@every_plan
def test_plans_requests_are_sent(plan: Plan) -> None:
    """Names in thresholds and comparisons, without the outcome in brackets; a misspelt one is never measured."""
    scopes = [limit.scope for limit in plan.limits if limit.scope]
    names = {re.sub(r" \[.*\]$", "", name) for name in (*scopes, plan.winners, plan.losers) if name}
    kinds = {"GET", "POST", "PUT", "DELETE", "complex"}
    sent = literals(ROOT / "locustfiles" / "clients", ROOT / "locustfiles" / "scenarios" / plan.system)
    assert names - kinds <= sent


@every_plan
def test_plans_users_start_in_time(plan: Plan) -> None:
    assert plan.spawn_time_s < plan.run_time_s


@pytest.mark.parametrize("key", [key for key, table in TABLES.items() if "must_see" in table])
def test_plans_must_see_is_sql(plan: Plan, tmp_path: Path) -> None:
    evidence = lay(tmp_path, [], **EMPTY)
    assert {name: run_query(evidence, query) for name, query in plan.must_see.items()} == dict.fromkeys(
        plan.must_see, 0
    )


@pytest.mark.parametrize("system", sorted({key.partition("/")[0] for key in KEYS}))
def test_suites_own_audits_are_sql(repository: Suite, system: str, tmp_path: Path) -> None:
    own = load_checks(repository.sql("audit", system))
    results = run_audits(lay(tmp_path, [], **EMPTY), extra=own)
    assert [(one.name, one.outcome) for one in results[-len(own) :] if own] == [(one.name, "pass") for one in own]


def test_world_options_are_the_locustfiles(repository: Suite) -> None:
    options = literals(ROOT / "locustfiles")
    for system in repository.systems.values():
        assert {f"--{name.replace('_', '-')}" for name in system.locust_options} <= options
    assert {f"--{name}" for plan in list_plans(repository) for name in plan.options} <= options


def test_programs_of_the_suite_exist(repository: Suite) -> None:
    programs = [program.command for program in repository.stack.programs.values()]
    programs += [
        *repository.faults.commands.values(),
        *(guard.peer for guard in repository.guards.values() if guard.peer),
    ]
    for command in programs:
        assert command[1] == "-m"
        path = repository.folder / command[2].replace(".", "/")
        assert path.with_suffix(".py").exists() or (path / "__main__.py").exists()
    for file in (repository.stack.postgres_config, repository.stack.locustfile, repository.setup.make[1]):
        assert (repository.folder / file).exists()


def test_example_pauses_its_own_program() -> None:
    suite = load_suite(ROOT / "examples" / "flask_shop")
    faults = {fault.target for plan in list_plans(suite) for fault in plan.faults}
    assert faults == {"shop"} <= suite.faults.targets.keys()
    assert {suite.faults.targets[name].program for name in faults} <= suite.stack.programs.keys()
