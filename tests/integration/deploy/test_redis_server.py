from pathlib import Path

import pytest
import redis

from deploy.redis_server import find_server
from tests.conftest import Lab


def test_server_comes_from_the_locked_wheel(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("REDIS_SERVER", raising=False)
    monkeypatch.setenv("PATH", "")
    server = find_server()
    assert server is not None
    assert server.name == "valkey-server"


def test_named_server_wins_over_the_wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    named = tmp_path / "redis-server"
    named.touch(mode=0o755)
    monkeypatch.setenv("REDIS_SERVER", str(named))
    assert find_server() == named


def test_server_keeps_the_settings_of_every_stack(lab: Lab) -> None:
    with redis.Redis.from_url(lab.settings.redis_url) as client:
        assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "allkeys-lru"}
