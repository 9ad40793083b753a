"""What Compose passes on must not drift from what the settings and .env.example know."""

import re

from api.settings import Settings
from tests import ROOT

COMPOSE = (ROOT / "docker-compose.yml").read_text()


def test_every_variable_of_compose_is_explained_in_the_example() -> None:
    used = set(re.findall(r"\$\{([A-Z_]+)", COMPOSE))
    explained = set(re.findall(r"^(?:# )?([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    assert used <= explained


def test_every_default_of_compose_is_that_of_the_example() -> None:
    example = dict(re.findall(r"^(?:# )?([A-Z_]+)=(.*)$", (ROOT / ".env.example").read_text(), re.MULTILINE))
    defaults = set(re.findall(r"\$\{([A-Z_]+):-([^}]*)\}", COMPOSE))
    assert {(name, example[name]) for name, _ in defaults} == defaults


def test_every_setting_of_the_target_is_passed_to_its_container() -> None:
    target = COMPOSE.partition("\n  api:\n")[2].partition("\n  locust-master:\n")[0]
    passed = set(re.findall(r"^      ([A-Z_]+):", target, re.MULTILINE))
    assert passed == {name.upper() for name in Settings.model_fields}


def test_no_secret_has_a_default() -> None:
    for name in ("POSTGRES_PASSWORD", "REDIS_PASSWORD", "JWT_SECRET"):
        uses = re.findall(rf"\$\{{{name}([^}}]*)", COMPOSE)
        assert uses
        assert all(use.startswith(":?") for use in uses)
