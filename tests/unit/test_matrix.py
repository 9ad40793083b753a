"""The house: every system has every layer, and no wall is crossed."""

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import get_args

import pytest

from api.web.settings import Settings as Target
from seed.seeders import SEEDERS
from tests import ROOT

SUITE = tomllib.loads((ROOT / "suite.toml").read_text())
GUIDE = (ROOT / "docs" / "ADDING_A_SYSTEM.md").read_text()
# The first columns of the guide's tables.
EVERY, OPTIONAL, REGISTERS = (
    re.findall(r"^\| `([\w/.*<>-]+)` \|", part, re.MULTILINE)
    for part in re.split(r"^## ", GUIDE, flags=re.MULTILINE)[1:4]
)
LAYERED = ("api", "docs", "locustfiles", "plans", "seed", "sql", "tests/integration", "tests/unit")

PACKAGES = ("api", "benchmarks", "deploy", "locustfiles", "seed", "stampede")
OURS = {*PACKAGES, "examples", "tests"}
# What each package may import of ours beside itself.
ALLOWED = {"api": set[str](), "locustfiles": {"stampede.crowd"}, "seed": set[str](), "stampede": set[str]()}
# Imports inside stampede go to the right; those that stand together may import each other, in one direction.
RANKS = (
    {"cli"},
    {"lab"},
    {"load", "observe", "evidence", "verify", "judge", "report", "faults", "stack"},
    {"suite"},
    {"settings", "command", "console", "errors", "shapes"},
)
CROWD_IMPORTS = {"flask", "gevent", "geventhttpclient", "isal", "locust", "psutil", "requests"}
HEAVY = {"duckdb", "matplotlib", "numpy", "pandas", "psycopg", "psycopg2", "pyarrow", "pydantic", "sqlalchemy", "typer"}
SHARED = "stampede.shapes"  # the one module that the crowd and the tool share
SYSTEM_WORDS = re.compile(r"registration|inventory|course|student|product|readyz|redis", re.IGNORECASE)
MAX_LINES = 300


def systems() -> set[str]:
    """Everything that any layer calls a system: a half-added one must not hide from the matrix."""
    plans = {path.stem for path in (ROOT / "plans").glob("*.toml")}
    applications = {path.parent.name for path in (ROOT / "api").glob("*/app.py")}
    folders = {path.name for layer in ("checks", "audit", "violations") for path in (ROOT / "sql" / layer).iterdir()}
    files = {path.stem for layer in ("effects", "states") for path in (ROOT / "sql" / layer).glob("*.sql")}
    return plans | applications | folders | files | set(SEEDERS) | set(SUITE["systems"])


every_system = pytest.mark.parametrize("key", sorted(systems()))


@pytest.mark.parametrize("layer", EVERY)
@every_system
def test_every_system_has_every_layer(key: str, layer: str) -> None:
    pattern = layer.replace("<key>", key)
    assert any(ROOT.glob(pattern)), f"{key} lacks {pattern}"


def test_guide_has_three_tables() -> None:
    assert len(EVERY) > 15
    assert OPTIONAL
    assert "suite.toml" in REGISTERS


@every_system
def test_guide_names_every_layer_of_a_system(key: str) -> None:
    guided = {layer.partition("<key>")[0].rstrip("/") for layer in [*EVERY, *OPTIONAL]}
    layered = {
        str(path.parent.relative_to(ROOT))
        for top in LAYERED
        for path in (ROOT / top).rglob(f"{key}*")
        if "__pycache__" not in path.parts and path.parent.name != key
    }
    assert layered <= guided


@pytest.mark.parametrize("place", REGISTERS)
@every_system
def test_every_system_is_registered(key: str, place: str) -> None:
    assert key in (ROOT / place).read_text(), f"{place} does not know {key}"


def test_seeders_and_suite_know_the_same_systems() -> None:
    assert SEEDERS.keys() == SUITE["systems"].keys() == systems()


@pytest.mark.parametrize("guard", SUITE["guards"])
def test_guard_is_a_setting_of_the_target(guard: str) -> None:
    named, setting = SUITE["guards"][guard], Target.model_fields[guard.lower()]
    assert (*named["right"], *named["wrong"]) == get_args(setting.annotation)
    assert named["default"] == setting.default


def modules(package: str) -> list[Path]:
    paths = sorted((ROOT / package).rglob("*.py"))
    assert paths
    return paths


def imported(path: Path) -> set[str]:
    """Dotted names of the modules and packages that a file imports; `from a import b` counts as a and a.b."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.module, f"{path} imports relatively"
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names


def is_below(name: str, package: str) -> bool:
    return name == package or name.startswith(f"{package}.")


@pytest.mark.parametrize("package", ALLOWED)
def test_package_imports_only_what_it_may(package: str) -> None:
    allowed = {package, *ALLOWED[package]}
    parents = {name.partition(".")[0] for name in ALLOWED[package]}  # `from stampede import crowd` names stampede
    crossed = {
        (str(path.relative_to(ROOT)), name)
        for path in modules(package)
        for name in imported(path)
        if name.partition(".")[0] in OURS - {package}
        if name not in parents and not any(is_below(name, one) for one in allowed)
    }
    assert crossed == set()


def test_crowd_stands_alone() -> None:
    top = {name.partition(".")[0] for path in modules("stampede/crowd") for name in imported(path)}
    assert top - set(sys.stdlib_module_names) == {*CROWD_IMPORTS, "stampede"}
    ours = {name for path in modules("stampede/crowd") for name in imported(path) if is_below(name, "stampede")}
    others = {name for name in ours if not is_below(name, "stampede.crowd")}
    assert {name for name in others if not is_below(name, SHARED)} <= {"stampede"}


def test_shared_module_needs_standard_library_alone() -> None:
    top = {name.partition(".")[0] for name in imported((ROOT / SHARED.replace(".", "/")).with_suffix(".py"))}
    assert top
    assert top - set(sys.stdlib_module_names) == set()


def test_crowd_loads_nothing_heavy() -> None:
    program = "import sys, stampede.crowd; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    loaded = done.stdout.split()
    assert {name.partition(".")[0] for name in loaded} & HEAVY == set()
    others = {name for name in loaded if is_below(name, "stampede") and not is_below(name, "stampede.crowd")}
    assert others == {"stampede", SHARED}


def part_of(path: Path) -> str:
    """The package of stampede, or the module beside the packages, that a file belongs to."""
    return path.relative_to(ROOT / "stampede").with_suffix("").parts[0]


def edges() -> Iterator[tuple[str, str]]:
    """Imports from one part of stampede to another."""
    for path in modules("stampede"):
        for name in imported(path):
            parts = name.split(".")
            if parts[0] == "stampede" and len(parts) > 1 and parts[1] != part_of(path):
                yield part_of(path), parts[1]


def test_every_part_has_a_rank() -> None:
    parts = {part_of(path) for path in modules("stampede")} - {"__init__", "__main__", "crowd"}
    assert parts == set().union(*RANKS)


def test_imports_point_one_way() -> None:
    rank = {part: number for number, parts in enumerate(RANKS) for part in parts}
    aside = {("__main__", "cli"), ("crowd", "shapes")}
    backwards = {edge for edge in set(edges()) - aside if not rank.get(edge[0], 9) <= rank.get(edge[1], -1)}
    assert backwards == set()


def test_packages_import_in_no_circle() -> None:
    graph: dict[str, set[str]] = {}
    for source, target in edges():
        graph.setdefault(source, set()).add(target)
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(f"a circle: {' imports '.join(reversed(error.args[1]))}")


@pytest.mark.parametrize("package", PACKAGES)
def test_module_does_not_repeat_its_package(package: str) -> None:
    assert [str(path) for path in modules(package) if path.stem == path.parent.name] == []


@pytest.mark.parametrize("package", PACKAGES)
def test_files_are_short(package: str) -> None:
    lengths = {str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in modules(package)}
    assert {path: length for path, length in lengths.items() if length >= MAX_LINES} == {}


def test_tool_knows_no_system_by_name() -> None:
    named = {
        (str(path.relative_to(ROOT)), line.strip())
        for kind in ("py", "sql", "html")
        for path in (ROOT / "stampede").rglob(f"*.{kind}")
        for line in path.read_text().splitlines()
        if SYSTEM_WORDS.search(line)
    }
    assert named == set()


def test_tool_assumes_no_folder_above_its_own() -> None:
    """In a wheel, nothing of the repository lies beside stampede; a package's own data may be read."""
    lines = [line for path in modules("stampede") for line in path.read_text().splitlines() if "__file__" in line]
    assert [line for line in lines if not re.search(r"Path\(__file__\)\.parent(?!\.parent|s)", line)] == []


def test_wheel_holds_the_tool_alone() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert project["tool"]["hatch"]["build"]["targets"]["wheel"] == {"packages": ["stampede"]}
    assert project["project"]["scripts"].keys() == {"stampede"}
