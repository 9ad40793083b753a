"""The load generator, over Locust's own web API and the two routes that our crowd adds to it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from stampede.errors import StampedeError
from stampede.plans import Plan, count_students
from stampede.usage import Look

TIMEOUT_S = 30.0
LOST = "missing"
IDLE_STATES = {"ready", "stopped"}
ACTIVE_STATES = {"spawning", "running"}


@dataclass(frozen=True, slots=True)
class Progress:
    """What Locust's web API tells while a run goes on."""

    state: str
    users: int
    requests: int
    failures: int
    requests_per_s: float
    workers: frozenset[str]


class Generator:
    """One Locust master."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._session = requests.Session()

    def _get(self, path: str) -> requests.Response:
        try:
            response = self._session.get(f"{self._url}{path}", timeout=TIMEOUT_S)
            response.raise_for_status()
        except requests.RequestException as error:
            raise StampedeError(f"The load generator at {self._url} did not answer {path}: {error}.") from None
        return response

    def read_progress(self) -> Progress:
        """State, users, totals, and the workers that are alive.

        Raises:
            StampedeError: the master did not answer.
        """
        fields = self._get("/stats/requests").json()
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

    def read_run(self) -> dict[str, Any]:
        """`run_id`, `classes` and the workers' `reports` of the latest run.

        Raises:
            StampedeError: the master did not answer, or runs a locustfile that is not ours.
        """
        try:
            fields: dict[str, Any] = self._get("/stampede/run").json()
        except StampedeError as error:
            if "404" not in str(error):
                raise
            raise StampedeError(
                f"The load generator at {self._url} runs a locustfile of its own: start the load in its web UI, "
                "then judge the database with `stampede verify`."
            ) from None
        return fields

    def read_usage(self) -> Look:
        """The master's CPU time and the memory of all its load generators.

        Raises:
            StampedeError: the master did not answer.
        """
        fields = self._get("/stampede/usage").json()
        return Look(fields["cpu_s"], fields["memory_bytes"])

    def read_exceptions(self) -> list[str]:
        """What the users' own code raised, a sentence each: it is neither a request nor a refusal.

        Raises:
            StampedeError: the master did not answer.
        """
        rows = self._get("/exceptions").json()["exceptions"]
        return [f"the users' code raised {row['count']} times: {row['msg']}" for row in rows]

    def start(self, plan: Plan, run_id: str, host: str) -> None:
        """Start the plan's user classes.

        Raises:
            StampedeError: the master refused.
        """
        think_time = "" if plan.think_time is None else f"{plan.think_time[0]}-{plan.think_time[1]}"
        form = {
            "user_count": plan.users,
            "spawn_rate": plan.spawn_rate,
            "run_time": plan.run_time,
            "host": host,
            "user_classes": plan.user_classes,
            "auth": plan.auth,
            "think_time": think_time,
            "run_id": run_id,
        }
        if students := count_students(plan):  # else the next run in the web UI would begin with none
            form["students"] = students
        try:
            answer = self._session.post(f"{self._url}/swarm", data=form, timeout=TIMEOUT_S).json()
        except (requests.RequestException, ValueError) as error:
            raise StampedeError(f"The load generator did not start the run: {error}.") from None
        if not answer.get("success"):
            raise StampedeError(f"The load generator did not start the run: {answer.get('message')}.")

    def stop(self) -> None:
        """Ask for the end of the run.

        Raises:
            StampedeError: the master did not answer.
        """
        try:
            self._session.post(f"{self._url}/stop", timeout=TIMEOUT_S * 3).raise_for_status()
        except requests.RequestException as error:
            raise StampedeError(f"The load generator did not stop: {error}.") from None

    def save(self, folder: Path) -> None:
        """Keep Locust's own report, its CSV files, and the history.

        Raises:
            StampedeError: the master did not answer.
        """
        folder.mkdir(parents=True, exist_ok=True)
        for path, name in (
            ("/stats/report?download=1", "locust.html"),
            ("/stats/requests/csv", "locust_requests.csv"),
            ("/stats/failures/csv", "locust_failures.csv"),
            ("/stampede/history", "history.jsonl.gz"),
        ):
            (folder / name).write_bytes(self._get(path).content)
