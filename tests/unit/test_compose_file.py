"""What Compose passes on must not drift from what the settings and .env.example know."""

import re

from api.web.settings import Settings
from tests import ROOT

COMPOSE = (ROOT / "docker-compose.yml").read_text()


def service(name: str) -> str:
    """The lines of one service."""
    return re.split(r"\n(?=  ?\S)", re.split(rf"\n  {name}:(?: &{name})?\n", COMPOSE)[1])[0]


def test_every_variable_of_compose_is_explained_in_the_example() -> None:
    used = set(re.findall(r"\$\{([A-Z_]+)", COMPOSE))
    explained = set(re.findall(r"^(?:# )?([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    assert used <= explained


def test_every_default_of_compose_is_that_of_the_example() -> None:
    example = dict(re.findall(r"^(?:# )?([A-Z_]+)=(.*)$", (ROOT / ".env.example").read_text(), re.MULTILINE))
    defaults = set(re.findall(r"\$\{([A-Z_]+):-([^}]*)\}", COMPOSE))
    assert {(name, example[name]) for name, _ in defaults} == defaults


def test_every_setting_of_the_target_is_passed_to_its_container() -> None:
    passed = set(re.findall(r"^      ([A-Z_]+):", service("api"), re.MULTILINE))
    assert passed == {name.upper() for name in Settings.model_fields}


def test_worker_and_scheduler_are_the_target_with_another_command() -> None:
    assert "environment: &target" in service("api")
    worker = service("worker")
    assert all(line in worker for line in ("-api\n", "environment: *target\n", "command: [python, -m, api.worker]\n"))
    assert service("scheduler").splitlines() == ["    <<: *worker", "    command: [python, -m, api.scheduler]"]


def test_no_secret_has_a_default() -> None:
    passwords = ("POSTGRES_PASSWORD", "POSTGRES_API_PASSWORD", "POSTGRES_REFEREE_PASSWORD", "REDIS_PASSWORD")
    for name in (*passwords, "JWT_SECRET"):
        uses = re.findall(rf"\$\{{{name}([^}}]*)", COMPOSE)
        assert uses
        assert all(use.startswith(":?") for use in uses)


def test_target_signs_in_as_the_role_api() -> None:
    services = {name: service(name) for name in ("seed", "api", "referee")}
    assert "DATABASE_URL: postgresql://api:${POSTGRES_API_PASSWORD:" in services["api"]
    assert "POSTGRES_PASSWORD" not in services["api"]
    assert "*owner" not in services["api"]
    assert "DATABASE_URL: *owner" in services["seed"]
    assert "REFEREE_DATABASE_URL: *referee" in services["referee"]
