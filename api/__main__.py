"""`python -m api`: the target, in `API_WORKERS` processes."""

import os
import sys
import tempfile

import uvicorn
from pydantic import ValidationError

from api.web.settings import Settings

HEALTHCHECK_TIMEOUT_S = 60


def read_settings() -> Settings:
    """The settings, or the end with one sentence that shows no value: it may be a secret."""
    try:
        return Settings()
    except ValidationError as error:
        faults = error.errors(include_input=False, include_url=False)
        told = "; ".join(f"{str(fault['loc'][0]).upper()}: {fault['msg']}" for fault in faults)
        sys.exit(f"A setting of the target does not fit: {told}")


def serve() -> None:
    """Run uvicorn until it is told to stop; the metrics folder lives as long."""
    settings = read_settings()
    with tempfile.TemporaryDirectory(prefix="stampede-metrics-") as folder:
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = folder
        uvicorn.run(
            "api.main:create_app",
            factory=True,
            host=settings.api_host,
            port=settings.api_port,
            workers=settings.api_workers,
            loop="uvloop",
            http="httptools",
            access_log=False,
            proxy_headers=False,
            server_header=False,
            log_level="warning",
            # A process that does not answer its supervisor in time is killed, with every request it has in hand; and
            # here it is overloaded on purpose.
            timeout_worker_healthcheck=HEALTHCHECK_TIMEOUT_S,
        )


if __name__ == "__main__":
    serve()
