import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from threading import Thread

import pytest

from stampede.errors import StampedeError
from stampede.settings import Settings
from stampede.stack.proxy import delay_target
from tests.conftest import free_port, wait_until

TIMEOUT_S = 10
PIPELINE_DELAY_S = 2
MESSAGES = 5
BETWEEN_MESSAGES_S = 0.02


@contextmanager
def echoing() -> Iterator[int]:
    """A server that sends back what it gets from its first client."""
    with closing(socket.create_server(("127.0.0.1", 0))) as server:

        def serve() -> None:
            client, _ = server.accept()
            with client:
                while told := client.recv(1024):
                    client.sendall(told)

        thread = Thread(target=serve, daemon=True)
        thread.start()
        yield server.getsockname()[1]
        thread.join(TIMEOUT_S)


@contextmanager
def forwarding(*arguments: str) -> Iterator[None]:
    command = [sys.executable, "-m", "stampede.stack.forward", *arguments, "--host", "127.0.0.1"]
    with subprocess.Popen(command) as process:
        try:
            yield
        finally:
            process.terminate()


def connect(port: int) -> socket.socket:
    deadline = time.monotonic() + TIMEOUT_S
    while time.monotonic() < deadline:
        try:
            return socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT_S)
        except ConnectionRefusedError:
            time.sleep(0.02)
    pytest.fail("the proxy does not listen")


def ask(connection: socket.socket, words: bytes) -> bytes:
    connection.sendall(words)
    return connection.recv(1024)


def tell(control: int, words: bytes) -> bytes:
    with connect(control) as changing:
        return ask(changing, words)


@contextmanager
def through_proxy(control: int, port: int) -> Iterator[socket.socket]:
    """A connection to the echoing server through the proxy."""
    rule = "{}=127.0.0.1:{}"
    with (
        echoing() as target,
        forwarding(rule.format(port, target), "--control-port", str(control)),
        connect(port) as client,
    ):
        yield client


def test_delay_is_changed_while_it_runs_and_nothing_is_lost() -> None:
    port, control = free_port(), free_port()
    with through_proxy(control, port) as client:
        assert ask(client, b"before") == b"before"
        assert tell(control, b"20\n") == b"ok 1\n"
        assert ask(client, b"meanwhile") == b"meanwhile"
        assert tell(control, b"0\n") == b"ok 1\n"
        assert ask(client, b"after") == b"after"


def test_pipelined_messages_are_delayed_once() -> None:
    """Sent one shortly after the other, without waiting for answers, as a pipeline of statements is."""
    port, control = free_port(), free_port()
    sent_at: list[float] = []
    came_at: list[float] = []
    with through_proxy(control, port) as client:
        assert ask(client, b"connected") == b"connected"
        assert tell(control, b"%d\n" % (PIPELINE_DELAY_S * 1000)) == b"ok 1\n"
        for number in range(MESSAGES):
            sent_at.append(time.monotonic())
            client.sendall(b"%d" % number)
            time.sleep(BETWEEN_MESSAGES_S)
        assert time.monotonic() < sent_at[0] + PIPELINE_DELAY_S, "all are in flight at the same time"
        received = b""
        while len(received) < MESSAGES:
            received += client.recv(1024)
            came_at += [time.monotonic()] * (len(received) - len(came_at))
    assert received == b"01234"
    assert all(came - sent >= PIPELINE_DELAY_S for sent, came in zip(sent_at, came_at, strict=True))
    # A proxy that reads the second message only after the first has left delays it nearly twice.
    assert came_at[-1] - came_at[0] < PIPELINE_DELAY_S / 2


def test_delay_that_reaches_no_connection_is_refused() -> None:
    port, control = free_port(), free_port()
    settings = Settings(database_proxy_host="127.0.0.1", database_proxy_control_port=control)
    with through_proxy(control, port) as client:
        assert ask(client, b"connected") == b"connected"
        delay_target(settings, 20)
        client.shutdown(socket.SHUT_WR)
        assert client.recv(1) == b""
        wait_until(lambda: tell(control, b"0\n") == b"ok 0\n")
        with pytest.raises(StampedeError, match="no connection to its database through the proxy"):
            delay_target(settings, 20)


@pytest.mark.parametrize("words", [b"soon\n", b"\n", b"nan milliseconds\n"])
def test_delay_that_is_no_number_changes_nothing(words: bytes) -> None:
    port, control = free_port(), free_port()
    with through_proxy(control, port) as client:
        assert tell(control, words) == b""
        assert ask(client, b"still here") == b"still here"
