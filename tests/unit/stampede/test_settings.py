from pathlib import Path

import pytest

from stampede.errors import StampedeError
from stampede.settings import read_settings

pytestmark = pytest.mark.usefixtures("clean_environment")


def test_folders_are_below_the_suites() -> None:
    settings = read_settings(Path("/suite"))
    assert (settings.state, settings.reports) == (Path("/suite/.stampede"), Path("/suite/reports"))


def test_absolute_folder_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REPORTS", "/elsewhere")
    assert read_settings(Path("/suite")).reports == Path("/elsewhere")


def test_locust_url_follows_the_web_port(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEB_PORT", "9002")
    assert read_settings(Path()).locust_url == "http://127.0.0.1:9002"
    monkeypatch.setenv("LOCUST_URL", "http://lab:1")
    assert read_settings(Path()).locust_url == "http://lab:1"


def test_empty_variable_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORKERS", "")
    assert read_settings(Path()).workers == 2


@pytest.mark.parametrize(("name", "value"), [("WORKERS", "0"), ("WEB_PORT", "70000"), ("STACK", "cloud")])
def test_misfit_is_named(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(StampedeError, match=f"A setting does not fit: {name}: "):
        read_settings(Path())
