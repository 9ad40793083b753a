import os
import subprocess
import sys

import redis

from tests import ROOT
from tests.conftest import Lab, free_port


def flush(url: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "deploy.flush_redis"]
    environment = {**os.environ, "REDIS_URL": url}
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=10, check=False)


def assert_failed(done: subprocess.CompletedProcess[str], reason: str) -> None:
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert done.stderr.startswith("Redis could not be flushed: ")
    assert reason in done.stderr


def test_flush_deletes_every_key(lab: Lab) -> None:
    with redis.Redis.from_url(lab.settings.redis_url) as client:
        client.set("k", "v")
        done = flush(lab.settings.redis_url)
        assert (done.returncode, done.stdout, done.stderr) == (0, "Redis was flushed.\n", "")
        assert client.get("k") is None


def test_wrong_password_fails_and_keeps_keys(lab: Lab) -> None:
    with redis.Redis.from_url(lab.settings.redis_url) as client:
        client.set("kept", "v")
        assert_failed(flush(lab.settings.redis_url.replace("://:", "://:x")), "WRONGPASS")
        assert_failed(flush(f"redis://127.0.0.1:{lab.settings.redis_port}/0"), "NOAUTH")
        assert client.get("kept") == b"v"


def test_unreachable_redis_fails() -> None:
    assert_failed(flush(f"redis://127.0.0.1:{free_port()}/0"), "refused")


def test_missing_url_is_named() -> None:
    assert_failed(flush(""), "REDIS_URL")
