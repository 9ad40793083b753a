"""`python -m api.scheduler`: enqueues each periodic job of every system when its time has come, until SIGTERM."""

import asyncio
import logging

from procrastinate import App
from procrastinate.periodic import PeriodicDeferrer

from api.__main__ import read_settings
from api.queue import find_jobs, make_queue, serve_until_stopped

LOGGER = logging.getLogger("api.scheduler")
WATCH_S = 1.0


async def schedule(queue: App) -> None:
    """Enqueue periodic jobs until this is cancelled; the database lets several schedulers enqueue each only once.

    Raises:
        procrastinate.exceptions.ConnectorException: the database does not answer.
        psycopg.Error: likewise, when the queue is opened.
    """
    async with queue.open_async():
        enqueueing = asyncio.ensure_future(
            PeriodicDeferrer(registry=queue.periodic_registry, **queue.periodic_defaults).worker()
        )
        try:
            while not (enqueueing.done() and enqueueing.exception()):  # without periodic jobs it returns at once
                # Between two periodic jobs the scheduler sends no statement, so it would not notice a lost database.
                await queue.connector.execute_query_async("select")
                await asyncio.sleep(WATCH_S)
            await enqueueing
        finally:
            enqueueing.cancel()


def main() -> None:
    """Run the scheduler."""
    logging.basicConfig(format="%(message)s")
    logging.getLogger("api").setLevel(logging.INFO)
    queue = make_queue(read_settings().database_url.get_secret_value(), find_jobs())
    names = sorted(name for name, _ in queue.periodic_registry.periodic_tasks)
    LOGGER.info("Periodic jobs: %s." if names else "No system has periodic jobs.%s", ", ".join(names))
    asyncio.run(serve_until_stopped(lambda: schedule(queue)))


if __name__ == "__main__":
    main()
