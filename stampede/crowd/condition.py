"""The condition of the load generators, and the restart of those that an earlier run left busy.

GET  /stampede/condition   run_id, state, users, workers {client id: state}; not cached, as Locust's own answers are
POST /stampede/restart     every worker and the master exit with RESTART, and their supervisor starts them again
"""

import json
import logging
import os
import time
from collections.abc import Callable
from typing import Any

import gevent
from flask import Response
from locust.env import Environment
from locust.rpc import Message
from locust.runners import STATE_CLEANUP, STATE_INIT, STATE_STOPPED, MasterRunner, Runner, WorkerRunner
from locust.web import WebUI

log = logging.getLogger(__name__)

RESTART = 75  # EX_TEMPFAIL: a supervisor that restarts after failures restarts after this
ANSWER_S = 0.3  # for the answer and the messages to leave the process
# A worker is unknown to a master that was restarted; Locust itself lets it load the target for 60 s.
SILENCE_S = 20.0
POLL_S = 1.0
WAIT_AFTER_STOP = "LOCUST_WORKER_ADDITIONAL_WAIT_BEFORE_READY_AFTER_STOP"


def describe_condition(runner: Runner, run_id: str) -> dict[str, Any]:
    """The state of the master, its users, and the state of each connected load generator."""
    clients = runner.clients.values() if isinstance(runner, MasterRunner) else ()
    workers = {client.id: client.state for client in clients}
    return {"run_id": run_id, "state": runner.state, "users": runner.user_count, "workers": workers}


def serve_condition(runner: Runner, web_ui: WebUI, read_run_id: Callable[[], str]) -> None:
    """Add the routes to Locust's own web server."""
    app = web_ui.app
    assert app is not None

    @app.route("/stampede/condition")
    def show_condition() -> Response:
        return Response(json.dumps(describe_condition(runner, read_run_id())), mimetype="application/json")

    @app.route("/stampede/restart", methods=["POST"])
    def restart() -> Response:
        log.warning("All load generators are restarted: an earlier run left them busy")
        runner.send_message("stampede_restart", None)
        gevent.spawn_later(ANSWER_S, _exit)
        return Response("{}", mimetype="application/json")


def return_at_once() -> None:
    """Have this worker take part again as soon as its users have stopped.

    Locust 2.47 lets it wait for the whole stop timeout (12 s in the lab) and this variable's seconds more. A start
    meanwhile was answered with success, and started nothing.
    """
    os.environ.setdefault(WAIT_AFTER_STOP, "-3600")


def _exit() -> None:
    """End at once: stopping users properly is what did not work."""
    os._exit(RESTART)


class Watchdog:
    """Ends a worker when the master orders its restart, or has been silent for too long."""

    def __init__(self, runner: WorkerRunner, end: Callable[[], None] = _exit) -> None:
        self._runner = runner
        self._end = end
        self._silent_polls = 0
        runner.register_message("stampede_restart", self._obey)
        gevent.spawn(self._watch)

    def _obey(self, environment: Environment, msg: Message) -> None:
        self._end()

    def _watch(self) -> None:
        while True:
            gevent.sleep(POLL_S)
            self.poll(time.time())

    def poll(self, now: float) -> None:
        """Count the polls without a heartbeat. While it stops users the worker reads none, so these do not count."""
        runner = self._runner
        stops = runner.state in (STATE_CLEANUP, STATE_STOPPED) and runner.worker_state != STATE_INIT
        silent = runner.last_heartbeat_timestamp is not None and now - runner.last_heartbeat_timestamp > SILENCE_S / 2
        self._silent_polls = self._silent_polls + 1 if silent and not stops else 0
        if self._silent_polls > SILENCE_S / 2 / POLL_S:
            log.error("The master has been silent for %.0f s: this worker is started anew", SILENCE_S)
            self._end()
