"""The house: every system has every layer, and no wall is crossed."""

import ast
import re
from pathlib import Path

import pytest

from seed.seeders import SEEDERS
from stampede.settings import ROOT

GUIDE = (ROOT / "docs" / "ADDING_A_SYSTEM.md").read_text()
# The first column of the guide's first table.
LAYERS = re.findall(r"^\| `([\w/.*<>-]+)` \|", GUIDE.partition("Then tell the lab")[0], re.MULTILINE)
REGISTERS = re.findall(r"^\| `([\w/.]+)` \|", GUIDE.partition("Then tell the lab")[2], re.MULTILINE)
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
    pattern = layer.replace("<key>", key)
    assert any(ROOT.glob(pattern)), f"{key} lacks {pattern}"


def test_guide_names_every_layer_that_a_system_has() -> None:
    guided = {layer.partition("<key>")[0].rstrip("/") for layer in LAYERS}
    layered = {
        str(path.parent.relative_to(ROOT))
        for top in ("api", "docs", "locustfiles", "plans", "seed", "sql", "tests/integration", "tests/unit")
        for path in (ROOT / top).rglob("registration*")
        if "__pycache__" not in path.parts
    }
    assert layered - guided == {"sql/pgbench"}  # of the system that locking is compared on


@pytest.mark.parametrize("place", REGISTERS)
@pytest.mark.parametrize("key", sorted(systems()))
def test_every_system_is_told_to_the_lab(key: str, place: str) -> None:
    assert key in (ROOT / place).read_text(), f"{place} does not know {key}"


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
