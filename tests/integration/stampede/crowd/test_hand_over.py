"""A master, two workers, a third that joins in mid-run, and a shop: all of them real processes but the shop."""

import gzip
import json
import os
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest
import requests

from tests.conftest import free_port

ROOT = Path(__file__).parents[4]
LOCUSTFILE = Path(__file__).with_name("stranger.py")
TIMEOUT_S = 15.0


class Shop(BaseHTTPRequestHandler):
    """Sells; every tenth order breaks down, and its answer is known when it is asked for again."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1  # else head and body are two packets, 40 ms apart
    keys: ClassVar[Counter[str]] = Counter()

    def do_POST(self) -> None:  # as the library has it
        self.rfile.read(int(self.headers["Content-Length"]))
        key = self.headers["Idempotency-Key"]
        self.keys[key] += 1
        broken = int(key.rpartition(".")[2]) % 10 == 0 and self.keys[key] == 1
        self._answer(503 if broken else 201, {"id": int(key.rpartition(".")[2]), "stock": None})

    def do_GET(self) -> None:  # likewise
        self._answer(200, {"name": "lamp", "stock": 5})

    def _answer(self, status: int, body: dict[str, Any]) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: Any) -> None:
        pass


def await_true(holds: Callable[[], Any]) -> None:
    deadline = time.monotonic() + TIMEOUT_S
    while not holds():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)


class Locust:
    """A Locust master and its workers."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack
        self._port, web_port = free_port(), free_port()
        self.url = f"http://127.0.0.1:{web_port}"
        self._start("--master", f"--master-bind-port={self._port}", "--web-host=127.0.0.1", f"--web-port={web_port}")
        await_true(self._answers)

    def _start(self, *arguments: str) -> None:
        command = [sys.executable, "-m", "locust", "-f", str(LOCUSTFILE), "--loglevel=ERROR", "--stop-timeout=1"]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        environment.pop("LOCUST_SKIP_MONKEY_PATCH", None)
        process = subprocess.Popen([*command, *arguments], env=environment, stdout=subprocess.DEVNULL)
        self._stack.callback(process.wait)
        self._stack.callback(process.terminate)

    def _answers(self) -> bool:
        try:
            return bool(self.get("/stampede/run"))
        except requests.ConnectionError:
            return False

    def add_workers(self, number: int) -> None:
        wanted = len(self.get("/stats/requests").get("workers", [])) + number
        for _ in range(number):
            self._start("--worker", f"--master-port={self._port}")
        await_true(lambda: len(self.get("/stats/requests").get("workers", [])) == wanted)

    def get(self, path: str) -> Any:
        return requests.get(self.url + path, timeout=5).json()

    def start(self, **form: Any) -> None:
        await_true(lambda: {worker["state"] for worker in self.get("/stats/requests")["workers"]} == {"ready"})
        answer = requests.post(self.url + "/swarm", data=form, timeout=10).json()
        assert answer["success"], answer

    def stop(self) -> dict[str, Any]:
        requests.post(self.url + "/stop", timeout=30)
        await_true(lambda: self.get("/stampede/run")["reports"].keys() == self.get("/stampede/run")["workers"].keys())
        return dict(self.get("/stampede/run"))

    def read_history(self, client_id: str) -> list[dict[str, Any]]:
        content = requests.get(f"{self.url}/stampede/history/{client_id}", timeout=10).content
        return [json.loads(line) for line in gzip.decompress(content).splitlines()]


@contextmanager
def running_shop() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Shop)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def locust() -> Iterator[Locust]:
    with ExitStack() as stack:
        yield Locust(stack)


@pytest.mark.timeout(60)
def test_stranger_hands_over_every_operation(locust: Locust) -> None:
    with running_shop() as shop:
        locust.add_workers(2)
        locust.start(user_count=6, spawn_rate=6, host=shop, run_id="first", reads=1, resend=0.1, retry_unknown=2)
        await_true(lambda: locust.get("/stats/requests")["state"] == "running")
        locust.add_workers(1)
        await_true(lambda: len(locust.get("/stampede/run")["workers"]) == 3)
        await_true(lambda: locust.get("/stats/requests")["state"] == "running" and Shop.keys.total() > 200)
        run = locust.stop()
        assert sorted(run["workers"].values()) == [0, 1, 2]
        records = check_reports(locust, run)
        check_operations(records)
        first = {record["op"] for record in records}

        locust.start(user_count=3, spawn_rate=3, host=shop, run_id="second", reads=0)
        await_true(lambda: locust.get("/stats/requests")["state"] == "running")
        run = locust.stop()
        assert run["run_id"] == "second"
        assert first.isdisjoint(record["op"] for record in check_reports(locust, run))
    assert abs(locust.get("/stampede/time")["time"] - time.time()) < 5
    assert locust.get("/stampede/usage")["memory_bytes"] > 0


def check_reports(locust: Locust, run: dict[str, Any]) -> list[dict[str, Any]]:
    """Every report is complete, and its history is whole; all records together."""
    records = []
    for client_id, rank in run["workers"].items():
        report, history = run["reports"][client_id], locust.read_history(client_id)
        assert (report["complete"], report["rank"], report["operations"]) == (True, rank, len(history))
        assert abs(report["offset_s"]) <= report["error_s"] < 1
        assert all(record["op"].startswith(f"{run['run_id']}.{rank}.") for record in history)
        records += history
    return records


def check_operations(records: list[dict[str, Any]]) -> None:
    """What the shop was asked is what was recorded; an unknown outcome was asked for until it was known."""
    attempts = Counter(record["op"] for record in records if record["kind"] == "write")
    assert attempts == Shop.keys
    unknown = [record["op"] for record in records if record["outcome"] == "unknown" and record["to"] is not None]
    assert unknown
    known = {record["op"] for record in records if record["outcome"] == "ok" and record["n"] > 1}
    assert len(known.intersection(unknown)) >= len(unknown) - 3  # the stop may come between two attempts
    bought = next(record for record in records if record["action"] == "buy" and record["outcome"] == "ok")
    assert bought["answer"]["stock"] == "null"
    assert bought["entities"] == ["product 1", f"order {bought['key']}"]
    looked = next(record for record in records if record["action"] == "look")
    assert looked["answer"]["items"] == [{"entity": "product 1", "facts": {"name": "lamp", "stock": 5}}]
