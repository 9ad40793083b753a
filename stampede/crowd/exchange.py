"""The master: gives each load generator its part, collects what they hand over, and offers it over HTTP.

GET /stampede/run                   run_id, classes, tags {class: [tags of each task]}, options [name],
                                    workers {client id: rank}, reports {client id: report}
GET /stampede/usage                 cpu_s of the master, memory_bytes of all load generators
GET /stampede/time                  time: unix seconds by the master's clock
GET /stampede/history/<client id>   the history of one load generator: JSON lines, gzip
"""

import json
import tempfile
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import gevent
import psutil
from flask import Response, abort
from locust.env import Environment
from locust.rpc import Message
from locust.runners import MasterRunner, Runner
from locust.web import WebUI

from stampede.crowd.barrier import Starter
from stampede.crowd.options import Options
from stampede.crowd.phases import PhaseKeeper
from stampede.crowd.shape import Stages, offer_shape
from stampede.crowd.tags import list_tags

LOCAL = "local"
ACTIVE = {"spawning", "running"}
PORTION_BYTES = 1 << 16


class Master:
    """What the master knows of the latest run."""

    def __init__(self, environment: Environment, runner: Runner) -> None:
        self._environment = environment
        self._runner = runner
        self._starter = Starter(runner)
        self._phases = PhaseKeeper(runner)
        self._shape = offer_shape(environment, self._phases)
        # Locust may remove tasks from the classes later.
        self._tags = {name: list_tags(one) for name, one in (environment.available_user_classes or {}).items()}
        # Lives as long as the master.
        self._place = tempfile.TemporaryDirectory(prefix="stampede-history-")
        self.run_id = ""
        self._parallel = 1
        self.workers: dict[str, int] = {}
        self._pieces: dict[str, int] = {}
        self.reports: dict[str, dict[str, Any]] = {}
        starter = self._starter
        for kind, listener in {
            "stampede_hello": self._note_hello,
            "stampede_ping": self._note_ping,
            "stampede_piece": self._add_piece,
            "stampede_report": self._add_report,
            "stampede_join": starter.note_join,
            "stampede_leave": starter.note_leave,
            "stampede_arrive": starter.note_arrival,
        }.items():
            runner.register_message(kind, listener)
        environment.events.test_start.add_listener(lambda **_: self._announce())
        environment.events.spawning_complete.add_listener(lambda **_: self._phases.note_spawned())
        environment.events.test_stopping.add_listener(lambda **_: self._phases.note_stopping())
        environment.events.test_stop.add_listener(lambda **_: self._end())
        gevent.spawn(starter.watch)

    def history(self, client_id: str) -> Path:
        """The file with the history of a load generator."""
        return Path(self._place.name) / f"{self.workers[client_id]}.gz"

    def _announce(self) -> None:
        """Start a run: every connected load generator gets its part before any user is spawned."""
        options = self._environment.parsed_options
        assert options is not None
        self.run_id = options.run_id or time.strftime("ui-%Y%m%dT%H%M%SZ", time.gmtime())
        options.run_id = ""  # for this run only: the next one may be started in the web UI
        self.workers, self._pieces, self.reports = {}, {}, {}
        self._starter.begin(self.run_id)
        self._phases.begin(self.run_id)
        for old in Path(self._place.name).iterdir():
            old.unlink()
        ids = [LOCAL]
        if isinstance(self._runner, MasterRunner):
            clients = self._runner.clients
            ids = [client.id for client in clients.ready + clients.running + clients.spawning]
        self._parallel = max(1, len(ids))
        self.workers = {client_id: rank for rank, client_id in enumerate(ids)}
        for client_id in ids:
            self._send_part(client_id)

    def _end(self) -> None:
        """The run is over, also for load generators that never got a user."""
        self._runner.send_message("stampede_end", {"run_id": self.run_id})

    def _send_part(self, client_id: str) -> None:
        part = {
            "run_id": self.run_id,
            "rank": self.workers[client_id],
            "workers": self._parallel,
            "users": self._count_users(),
            **self._phases.describe(),
            # Locust sends its own options with the first users only, which is too late.
            "options": asdict(Options.read(self._environment.parsed_options)),
        }
        self._runner.send_message("stampede_part", part, client_id=client_id)

    def _count_users(self) -> int:
        """The most users of the run at once."""
        staged = isinstance(self._environment.shape_class, Stages)
        return max(self._runner.target_user_count, self._shape.most_users if staged else 0)

    def _note_hello(self, environment: Environment, msg: Message) -> None:
        """A load generator is ready; if a run is on, it takes part under a rank of its own."""
        if self._runner.state in ACTIVE:
            self.workers.setdefault(msg.node_id, len(self.workers))
            self._send_part(msg.node_id)

    def _note_ping(self, environment: Environment, msg: Message) -> None:
        pong = {"run_id": msg.data["run_id"], "sent": msg.data["sent"], "answered": time.time()}
        self._runner.send_message("stampede_pong", pong, client_id=msg.node_id)

    def _belongs(self, msg: Message) -> bool:
        """A message of another run, or of an unknown load generator, changes nothing."""
        return bool(msg.data["run_id"] == self.run_id and msg.node_id in self.workers)

    def _add_piece(self, environment: Environment, msg: Message) -> None:
        if self._belongs(msg) and msg.node_id not in self.reports:
            self._pieces[msg.node_id] = self._pieces.get(msg.node_id, 0) + 1
            with self.history(msg.node_id).open("ab") as file:
                file.write(msg.data["piece"])

    def _add_report(self, environment: Environment, msg: Message) -> None:
        """Keep a report. The history is complete if all its pieces arrived before the report."""
        if self._belongs(msg):
            whole = self._pieces.get(msg.node_id, 0) == msg.data["pieces"] and msg.data["damage"] is None
            self.reports[msg.node_id] = {**msg.data, "complete": whole}

    def show_run(self) -> dict[str, Any]:
        """The latest run: who takes part, and the reports so far."""
        classes, options = sorted(self._environment.available_user_classes or {}), self._environment.parsed_options
        return {
            "run_id": self.run_id,
            "classes": classes,
            "tags": self._tags,
            "options": sorted(vars(options)) if options else [],
            "workers": self.workers,
            "reports": self.reports,
        }

    def count_memory(self) -> int:
        """Bytes of this process and of its workers, by their heartbeats; they measure themselves every 5 s."""
        runner = self._runner
        workers = runner.clients.values() if isinstance(runner, MasterRunner) else ()
        return int(psutil.Process().memory_info().rss) + sum(int(worker.memory_usage) for worker in workers)


def serve(master: Master, web_ui: WebUI) -> None:
    """Add the routes to Locust's own web server."""
    app = web_ui.app
    assert app is not None

    @app.route("/stampede/run")
    def show_run() -> Response:
        return _json(master.show_run())

    @app.route("/stampede/usage")
    def show_usage() -> Response:
        return _json({"cpu_s": time.process_time(), "memory_bytes": master.count_memory()})

    @app.route("/stampede/time")
    def show_time() -> Response:
        return _json({"time": time.time()})

    @app.route("/stampede/history/<client_id>")
    def send_history(client_id: str) -> Response:
        if client_id not in master.workers or not master.history(client_id).exists():
            abort(404)
        return Response(_portions(master.history(client_id)), mimetype="application/gzip")


def _portions(file: Path) -> Any:
    with file.open("rb") as opened:
        while portion := opened.read(PORTION_BYTES):
            yield portion
            gevent.sleep(0)


def _json(fields: dict[str, Any]) -> Response:
    """Compact: Flask would lay tens of thousands of latency counts out for reading."""
    return Response(json.dumps(fields), mimetype="application/json")
