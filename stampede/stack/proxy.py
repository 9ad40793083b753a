"""The proxy between the target and its database, whose delay can be changed while it runs."""

import re
import socket
from dataclasses import replace

from stampede.errors import StampedeError
from stampede.settings import Settings
from stampede.suite.model import Suite
from stampede.suite.plans import Plan

TIMEOUT_S = 3.0


def add_proxy(suite: Suite, plan: Plan) -> Suite:
    """The suite with a proxy in its local stack, where the plan has a fault that needs one."""
    if not any(fault.verb == "latency" for fault in plan.faults):
        return suite
    return replace(suite, settings=suite.settings.model_copy(update={"database_proxy": True}))


def require_proxy(settings: Settings) -> None:
    """Check that the proxy answers.

    Raises:
        StampedeError: it does not.
    """
    set_delay(settings, settings.database_delay_ms)


def delay_target(settings: Settings, delay_ms: float) -> None:
    """Delay the target's round trips to the database.

    Raises:
        StampedeError: the proxy does not answer, or the target has no connection through it.
    """
    if not set_delay(settings, delay_ms):
        restore_delay(settings)
        raise StampedeError(
            "the target has no connection to its database through the proxy: on the local stack its program needs "
            "`slowed_database = true`"
        )


def restore_delay(settings: Settings) -> None:
    """Let the delay be that of the settings again.

    Raises:
        StampedeError: the proxy does not answer.
    """
    set_delay(settings, settings.database_delay_ms)


def set_delay(settings: Settings, delay_ms: float) -> int:
    """Let each round trip to the database take so much longer from now on; the number of connections concerned.

    Raises:
        StampedeError: the proxy does not answer.
    """
    address = (settings.database_proxy_host, settings.database_proxy_control_port)
    try:
        with socket.create_connection(address, TIMEOUT_S) as connection, connection.makefile("rb") as answers:
            connection.sendall(f"{delay_ms}\n".encode())
            answer = answers.readline()
    except OSError:
        answer = b""
    told = re.fullmatch(rb"ok (\d+)\n", answer)
    if told is None:
        raise StampedeError(
            f"the database proxy does not answer at {address[0]}:{address[1]}: "
            "the lab was started without it, so stop it first, or start it with DATABASE_PROXY=1"
        )
    return int(told[1])
