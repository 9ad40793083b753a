"""Locust over its own web API, and the routes that stampede.crowd adds to it."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests

from stampede.errors import StampedeError
from stampede.suite.plans import Plan
from stampede.suite.stages import describe_stages

TIMEOUT_S = 30.0
LOST = "missing"
READY = "ready"
SHAPE = "Stages"  # of stampede.crowd
IDLE_STATES = {"ready", "stopped"}
ACTIVE_STATES = {"spawning", "running"}
LOCUST_FILES = {
    "locust.html": "/stats/report?download=1",
    "locust_requests.csv": "/stats/requests/csv",
    "locust_failures.csv": "/stats/failures/csv",
}


def explain(error: Exception) -> str:
    """Why a request failed, in words; the text of requests and urllib3 names their own objects."""
    if isinstance(error, requests.Timeout):
        return "no answer in time"
    text = str(error).lower()
    if not isinstance(error, requests.ConnectionError):
        return str(error)
    if "refused" in text:
        return "nothing listens there"
    if "resolve" in text:
        return "its host is not known"
    return "the connection was closed" if "aborted" in text or "reset" in text else "no connection"


@dataclass(frozen=True, slots=True)
class Progress:
    """One answer of Locust's web API while a run goes on. `workers` are the ids of those that are alive."""

    state: str
    users: int
    requests: int
    failures: int
    requests_per_s: float
    workers: frozenset[str]


@dataclass(frozen=True, slots=True)
class Condition:
    """The state of the master and of each connected load generator at this moment, and the latest run."""

    run_id: str
    state: str
    users: int
    workers: dict[str, str]

    @property
    def is_active(self) -> bool:
        """Whether a load is on."""
        return self.state in ACTIVE_STATES

    @property
    def idle(self) -> frozenset[str]:
        """The ids of the workers that could start."""
        return frozenset(worker for worker, state in self.workers.items() if state == READY)

    @property
    def is_busy(self) -> bool:
        """Whether anything of a run is still going on; a lost worker is not waited for."""
        present = {state for state in self.workers.values() if state != LOST}
        return self.users > 0 or self.state not in IDLE_STATES or not present <= {READY}


@dataclass(frozen=True, slots=True)
class Reports:
    """What the workers of one run handed over: their ranks by client id, and the reports received so far.

    `tags`: the tags of each task, by class. `options`: the names of Locust's options and of the locustfile's.
    """

    run_id: str
    classes: tuple[str, ...]
    ranks: dict[str, int]
    reports: dict[str, dict[str, Any]]
    tags: dict[str, list[list[str]]] = field(default_factory=dict)
    options: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class ProcessUsage:
    """CPU time of a process since its start, and the memory that it holds now."""

    cpu_s: float
    memory_bytes: int


class Generator:
    """One Locust master."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._session = requests.Session()

    def _get(self, path: str) -> requests.Response:
        try:
            response = self._session.get(f"{self.url}{path}", timeout=TIMEOUT_S)
            response.raise_for_status()
        except requests.RequestException as error:
            raise StampedeError(f"The load generator at {self.url} did not answer {path}: {explain(error)}.") from None
        return response

    def _get_json(self, path: str) -> dict[str, Any]:
        try:
            fields: dict[str, Any] = self._get(path).json()
        except ValueError:
            raise StampedeError(
                f"The load generator at {self.url} answered {path} with something else than JSON."
            ) from None
        return fields

    def read_progress(self) -> Progress:
        """State, users, totals, and the workers that are alive.

        Raises:
            StampedeError: the master did not answer.
        """
        fields = self._get_json("/stats/requests")
        total = fields["stats"][-1] if fields["stats"] else {}
        alive = frozenset(worker["id"] for worker in fields.get("workers", []) if worker["state"] != LOST)
        return Progress(
            fields["state"],
            fields["user_count"],
            total.get("num_requests", 0),
            total.get("num_failures", 0),
            total.get("current_rps", 0.0),
            alive,
        )

    def read_condition(self) -> Condition:
        """The present state; what `read_progress` gives may be two seconds old.

        Raises:
            StampedeError: the master did not answer.
        """
        fields = self._get_json("/stampede/condition")
        return Condition(fields["run_id"], fields["state"], fields["users"], fields["workers"])

    def restart(self) -> None:
        """Have the workers and the master end, so that their supervisor starts them again.

        Raises:
            StampedeError: the master did not answer.
        """
        try:
            self._session.post(f"{self.url}/stampede/restart", timeout=TIMEOUT_S).raise_for_status()
        except requests.RequestException as error:
            raise StampedeError(f"The load generator was not restarted: {explain(error)}.") from None

    def read_reports(self) -> Reports:
        """The workers and reports of the latest run.

        Raises:
            StampedeError: the master did not answer, or its locustfile does not import stampede.crowd.
        """
        try:
            fields = self._get_json("/stampede/run")
        except StampedeError as error:
            if "404 Client Error" not in str(error):
                raise
            raise StampedeError(
                f"The locustfile behind {self.url} does not import stampede.crowd, so nothing records its operations: "
                "start the load in its web UI, then judge the database with `stampede verify`."
            ) from None
        told = (fields[name] for name in ("workers", "reports", "tags", "options"))
        return Reports(fields["run_id"], tuple(fields["classes"]), *told)

    def read_usage(self) -> ProcessUsage:
        """The master's CPU time, and the memory of the master and its workers.

        Raises:
            StampedeError: the master did not answer.
        """
        fields = self._get_json("/stampede/usage")
        return ProcessUsage(fields["cpu_s"], fields["memory_bytes"])

    def measure_clock(self) -> tuple[float, float]:
        """The master's clock minus this machine's, and the error of that figure; both in seconds.

        Raises:
            StampedeError: the master did not answer.
        """
        started = time.time()
        theirs = float(self._get_json("/stampede/time")["time"])
        ended = time.time()
        return theirs - (started + ended) / 2, (ended - started) / 2

    def read_exceptions(self) -> Iterator[str]:
        """A sentence for each exception that the users' own code raised.

        Raises:
            StampedeError: the master did not answer.
        """
        for row in self._get_json("/exceptions")["exceptions"]:
            yield f"the users' code raised {row['count']} times: {row['msg']}"

    def start(self, plan: Plan, run_id: str, host: str, options: dict[str, Any]) -> None:
        """Start the plan's user classes; `options` are further options of the locustfile.

        Raises:
            StampedeError: the master refused.
        """
        form = {
            "user_count": plan.users,
            "spawn_rate": plan.spawn_rate,
            "run_time": plan.run_time,
            "host": host,
            "user_classes": list(plan.user_classes),
            "run_id": run_id,
            "stages": describe_stages(plan.stages),
            **({"shape_class": SHAPE} if plan.stages else {}),
            **options,
        }
        try:
            answer = self._session.post(f"{self.url}/swarm", data=form, timeout=TIMEOUT_S).json()
        except (requests.RequestException, ValueError) as error:
            raise StampedeError(f"The load generator did not start the run: {explain(error)}.") from None
        if not answer.get("success"):
            raise StampedeError(
                f"The load generator did not start the run: {str(answer.get('message')).removesuffix('.')}."
            )

    def stop(self, timeout_s: float = TIMEOUT_S * 3) -> None:
        """Request the end of the run; the master answers when no user is left.

        Raises:
            StampedeError: the master did not answer.
        """
        try:
            self._session.post(f"{self.url}/stop", timeout=timeout_s).raise_for_status()
        except requests.RequestException as error:
            raise StampedeError(f"The load generator did not stop: {explain(error)}.") from None

    def save_history(self, worker: str, path: Path) -> None:
        """Download one worker's operations, gzip of JSON lines.

        Raises:
            StampedeError: the master did not answer.
        """
        path.write_bytes(self._get(f"/stampede/history/{worker}").content)

    def save_locust_files(self, folder: Path) -> list[str]:
        """Keep Locust's own report and CSV files; a sentence for each that could not be had."""
        missing = []
        for name, path in LOCUST_FILES.items():
            try:
                (folder / name).write_bytes(self._get(path).content)
            except StampedeError as error:
                missing.append(str(error))
        return missing
