"""Probes of ports and programs."""

import socket

import requests

from stampede.errors import StampedeError

TIMEOUT_S = 2


def refuse_taken(variable: str, port: int) -> None:
    """Check that a port is free.

    Raises:
        StampedeError: it is not; the message names the variable that changes it.
    """
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            raise StampedeError(
                f"Port {port} is in use; stop what uses it or choose another with {variable}, "
                f"for example {variable}={port + 100}."
            ) from None


def answers(ready: str) -> bool:
    """Whether a program answers: `tcp HOST:PORT` accepts a connection, or a URL answers 2xx."""
    kind, _, address = ready.partition(" ")
    if kind == "tcp":
        host, _, port = address.rpartition(":")
        try:
            socket.create_connection((host, int(port)), timeout=TIMEOUT_S).close()
        except OSError:
            return False
        return True
    try:
        return bool(requests.get(ready, timeout=TIMEOUT_S).ok)
    except requests.RequestException:
        return False
