"""The queue of jobs in PostgreSQL (procrastinate), as the worker and the scheduler open it."""

import asyncio
import logging
import signal
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from importlib import import_module
from pathlib import Path

import psycopg
from procrastinate import App, Blueprint, PsycopgConnector, RetryStrategy
from procrastinate.exceptions import ConnectorException

LOGGER = logging.getLogger("api.queue")
# The owner makes the schema (seed/queue.py).
SCHEMA = "jobs"
# For a job's `retry`: a job that failed is run up to three times more, after 3, 9 and 27 seconds.
BACK_OFF = RetryStrategy(max_attempts=3, exponential_wait=3)
CONNECTIONS = 4
# How long a statement waits for a connection: a database that restarts meanwhile goes unnoticed.
CONNECT_TIMEOUT_S = 30.0
RECONNECT_S = 1.0
# The worker has ended its jobs by then, and neither stack has killed the process yet.
CANCEL_AGAIN_S = 6.0


def find_jobs() -> dict[str, Blueprint]:
    """`JOBS` of each module `api/<system>/jobs.py`, by system."""
    systems = sorted(path.parent.name for path in Path(__file__).parent.glob("*/jobs.py"))
    return {system: import_module(f"api.{system}.jobs").JOBS for system in systems}


def make_queue(database_url: str, jobs: Mapping[str, Blueprint]) -> App:
    """The queue, closed as yet; jobs are called `<system>:<name>`."""
    settings = {"application_name": "stampede-queue", "options": f"-c search_path={SCHEMA}"}
    connector = PsycopgConnector(
        conninfo=database_url, kwargs=settings, min_size=1, max_size=CONNECTIONS, timeout=CONNECT_TIMEOUT_S
    )
    queue = App(connector=connector)
    for system, blueprint in jobs.items():
        queue.add_tasks_from(blueprint, namespace=system)
    return queue


async def serve_until_stopped(serve: Callable[[], Awaitable[None]]) -> None:
    """Serve until SIGTERM or SIGINT, which cancels `serve` and waits for its end.

    If the database is lost, `serve` is called again after a second.
    """
    served, loop = asyncio.ensure_future(_serve_again(serve)), asyncio.get_running_loop()

    def stop() -> None:
        served.cancel()
        # psycopg's pool forgets a cancellation that comes together with a connection.
        loop.call_later(CANCEL_AGAIN_S, served.cancel)

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop)
    with suppress(asyncio.CancelledError):
        await served


async def _serve_again(serve: Callable[[], Awaitable[None]]) -> None:
    task = asyncio.current_task()
    assert task is not None
    while not task.cancelling():  # the database may fail while `serve` ends
        try:
            await serve()
        except (ConnectorException, psycopg.OperationalError) as error:
            if not isinstance(error.__cause__ or error, psycopg.OperationalError):
                raise  # a missing table or right stays missing
        if task.cancelling():
            return
        LOGGER.warning("The queue was left, since its database does not answer; trying again.")
        await asyncio.sleep(RECONNECT_S)
