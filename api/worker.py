"""`python -m api.worker`: runs the jobs of every system, until SIGTERM."""

import asyncio
import logging

from procrastinate import App

from api.__main__ import read_settings
from api.queue import find_jobs, make_queue, serve_until_stopped
from api.storage.database import Database
from api.web.settings import Settings

LOGGER = logging.getLogger("api.worker")
CONCURRENCY = 4
POLL_S = 1.0
# The stacks kill a worker that has not ended after 8 s and 10 s. Before that the worker cancels the jobs that still
# run, and the queue retries them like failed jobs.
STOP_TIMEOUT_S = 5.0


async def work(settings: Settings, queue: App) -> None:
    """Run jobs until this is cancelled; those under way may end within `STOP_TIMEOUT_S`.

    A job that is declared with `pass_context` finds `settings` and `database` in the context's `additional_context`.

    Raises:
        procrastinate.exceptions.ConnectorException: the database does not answer.
        psycopg.Error: likewise, when the queue is opened.
    """
    database = Database(settings.database_url.get_secret_value(), CONCURRENCY, settings.request_timeout_s)
    try:
        async with queue.open_async():
            await queue.run_worker_async(
                concurrency=CONCURRENCY,
                install_signal_handlers=False,
                # A lost LISTEN goes unnoticed, and a pooler in transaction mode has none.
                listen_notify=False,
                fetch_job_polling_interval=POLL_S,
                shutdown_graceful_timeout=STOP_TIMEOUT_S,
                additional_context={"settings": settings, "database": database},
            )
    finally:
        await database.close()


def main() -> None:
    """Run the worker."""
    logging.basicConfig(format="%(message)s")
    logging.getLogger("api").setLevel(logging.INFO)
    settings, jobs = read_settings(), find_jobs()
    queue = make_queue(settings.database_url.get_secret_value(), jobs)
    queue.periodic_registry.periodic_tasks.clear()  # the scheduler's to enqueue
    LOGGER.info("Jobs of %s." if jobs else "No system has jobs.%s", ", ".join(jobs))
    asyncio.run(serve_until_stopped(lambda: work(settings, queue)))


if __name__ == "__main__":
    main()
