"""The house: every system has every layer, and no wall is crossed."""

import ast
from pathlib import Path

import pytest

from seed.seeders import SEEDERS
from stampede.settings import ROOT

LAYERS = {
    "schema": "sql/schema/{key}.sql",
    "checks": "sql/checks/{key}/*.sql",
    "audit": "sql/audit/{key}/*.sql",
    "violations": "sql/violations/{key}/*.sql",
    "service": "api/{key}/service.py",
    "schemas": "api/{key}/schemas.py",
    "router": "api/{key}/router.py",
    "app": "api/{key}/app.py",
    "client": "locustfiles/clients/{key}.py",
    "scenarios": "locustfiles/scenarios/{key}/*.py",
    "plans": "plans/{key}.toml",
    "seeder": "seed/{key}.py",
    "page": "docs/systems/{key}.md",
}
FORBIDDEN = {
    "api": {"locustfiles", "seed", "stampede"},
    "locustfiles": {"api", "seed", "stampede"},
    "seed": {"api", "locustfiles", "stampede"},
    "stampede": {"api", "locustfiles"},
}


def systems() -> set[str]:
    """Everything that any layer calls a system: a half-added one must not hide from the matrix."""
    plans = {path.stem for path in (ROOT / "plans").glob("*.toml")}
    applications = {path.parent.name for path in (ROOT / "api").glob("*/app.py")}
    folders = {path.name for layer in ("checks", "audit", "violations") for path in (ROOT / "sql" / layer).iterdir()}
    return plans | applications | folders | SEEDERS.keys()


@pytest.mark.parametrize("layer", LAYERS)
@pytest.mark.parametrize("key", sorted(systems()))
def test_every_system_has_every_layer(key: str, layer: str) -> None:
    pattern = LAYERS[layer].format(key=key)
    assert any(ROOT.glob(pattern)), f"{key} lacks {pattern}"


def test_every_seeder_is_registered_under_its_key() -> None:
    assert SEEDERS.keys() == systems()


def imported(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module.partition(".")[0])
    return names


@pytest.mark.parametrize("package", FORBIDDEN)
def test_no_wall_is_crossed(package: str) -> None:
    files = list((ROOT / package).rglob("*.py"))
    assert files
    crossings = {
        str(path.relative_to(ROOT)): crossed for path in files if (crossed := imported(path) & FORBIDDEN[package])
    }
    assert crossings == {}


def test_no_file_has_outgrown_its_room() -> None:
    long = {
        str(path.relative_to(ROOT))
        for package in FORBIDDEN
        for path in (ROOT / package).rglob("*.py")
        if len(path.read_text().splitlines()) >= 300
    }
    assert long == set()
