"""The hand-over after a run: workers send what they recorded to the master, which offers it over HTTP.

GET /stampede/run       {"run_id", "classes": [names], "reports": {client id: worker's report}}
GET /stampede/usage     {"cpu_s": the master's own, "memory_bytes": its workers' too}
GET /stampede/history   the joined histories of all workers, gzip
"""

import json
import tempfile
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import gevent
import psutil
from flask import Response
from locust import events
from locust.env import Environment
from locust.rpc import Message
from locust.runners import MasterRunner, Runner, WorkerRunner
from locust.web import WebUI

from locustfiles.utils import crowd
from locustfiles.utils.history import HISTORY
from locustfiles.utils.latency import LATENCIES


def _begin(_environment: Environment, part: crowd.Crowd) -> None:
    HISTORY.open(part)
    LATENCIES.clear()


def _hand_over(environment: Environment, **_: Any) -> None:
    """Worker: all users have stopped; send the history piece by piece, the report last."""
    part, runner = crowd.ROSTER.crowd, environment.runner
    if part is None or runner is None:
        return
    figures = LATENCIES.report()
    pieces = 0
    for piece in HISTORY.pieces():
        runner.send_message("history", {"run_id": part.run_id, "piece": piece})
        pieces += 1
        gevent.sleep(0)  # the heartbeat must not wait for a long history
    report = {**asdict(part), "pieces": pieces, "operations": HISTORY.operations, **figures}
    runner.send_message("worker_report", report)


@dataclass
class Collection:
    """Master: what the workers handed over of the latest run."""

    place: tempfile.TemporaryDirectory[str] = field(
        default_factory=lambda: tempfile.TemporaryDirectory(prefix="stampede-history-")
    )
    run_id: str = ""
    pieces: dict[str, int] = field(default_factory=dict)
    reports: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def folder(self) -> Path:
        """Where the pieces lie, for as long as the master lives."""
        return Path(self.place.name)

    def _turn_to(self, run_id: str) -> None:
        if run_id != self.run_id:
            self.run_id, self.pieces, self.reports = run_id, {}, {}
            for old in self.folder.iterdir():
                old.unlink()

    def add_piece(self, environment: Environment, msg: Message) -> None:
        """Append one gzip member to its worker's file."""
        self._turn_to(msg.data["run_id"])
        self.pieces[msg.node_id] = self.pieces.get(msg.node_id, 0) + 1
        with (self.folder / f"{msg.node_id}.gz").open("ab") as file:
            file.write(msg.data["piece"])

    def add_report(self, environment: Environment, msg: Message) -> None:
        """Keep a worker's report; `complete` says whether every piece of its history came before it."""
        self._turn_to(msg.data["run_id"])
        complete = self.pieces.get(msg.node_id, 0) == msg.data["pieces"]
        self.reports[msg.node_id] = {**msg.data, "complete": complete}

    def serve(self, web_ui: WebUI) -> None:
        """Add the three routes to Locust's own web server."""
        app = web_ui.app
        assert app is not None
        runner = web_ui.environment.runner
        classes = sorted(web_ui.environment.available_user_classes or {})

        @app.route("/stampede/run")
        def show_run() -> Response:
            return _json({"run_id": self.run_id, "classes": classes, "reports": self.reports})

        @app.route("/stampede/usage")
        def show_usage() -> Response:
            return _json({"cpu_s": time.process_time(), "memory_bytes": _count_memory(runner)})

        @app.route("/stampede/history")
        def send_history() -> Response:
            files = sorted(self.folder.glob("*.gz"))
            return Response((file.read_bytes() for file in files), mimetype="application/gzip")


def _count_memory(runner: Runner | None) -> int:
    """Our own now, and the workers' as their heartbeats tell it: nothing before Locust's first look at itself."""
    workers = runner.clients.values() if isinstance(runner, MasterRunner) else ()
    return int(psutil.Process().memory_info().rss) + sum(int(worker.memory_usage) for worker in workers)


def _json(fields: dict[str, Any]) -> Response:
    """Compact: Flask would lay tens of thousands of latency counts out for reading."""
    return Response(json.dumps(fields), mimetype="application/json")


@events.init.add_listener
def _install(environment: Environment, runner: Runner | None, web_ui: WebUI | None, **_: Any) -> None:
    if runner is None:
        return
    if not isinstance(runner, WorkerRunner):
        collection = Collection()
        runner.register_message("history", collection.add_piece)
        runner.register_message("worker_report", collection.add_report)
        if web_ui is not None:
            collection.serve(web_ui)
    if not isinstance(runner, MasterRunner):
        crowd.JOINED.append(_begin)
        environment.events.request.add_listener(LATENCIES.note)
        environment.events.test_stop.add_listener(_hand_over)
