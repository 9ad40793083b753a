import gzip
import json
import os
import socket
import threading
from argparse import Namespace
from collections.abc import Callable, Iterator
from typing import Any

# Locust patches the standard library when it is imported; the tests beside these need it as it is.
os.environ["LOCUST_SKIP_MONKEY_PATCH"] = "1"

import pytest
from locust.env import Environment
from locust.event import Events

from stampede.crowd import LoadGenerator, StampedeUser, install


def answer(status: int, body: bytes | str, headers: str = "") -> bytes:
    """A whole HTTP response."""
    content = body.encode() if isinstance(body, str) else body
    return f"HTTP/1.1 {status} X\r\nContent-Length: {len(content)}\r\n{headers}\r\n".encode() + content


class Server:
    """Gives its answers one after the other, the last one for ever; None closes the connection unanswered."""

    def __init__(self, *answers: bytes | None) -> None:
        self.answers = list(answers)
        self.requests: list[str] = []
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=[connection], daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, connection.makefile("rb") as stream:
            while head := self._read_head(stream):
                self.requests.append(head)
                content = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
                if content is None:
                    return
                connection.sendall(content)
                if b"Connection: close" in content:
                    return

    @staticmethod
    def _read_head(stream: Any) -> str:
        lines = []
        while (line := stream.readline().decode("latin-1")).strip():
            lines.append(line)
        length = [line.split(":")[1] for line in lines if line.lower().startswith("content-length")]
        stream.read(int(length[0]) if length else 0)
        return "".join(lines)

    def close(self) -> None:
        self._socket.close()


class Crowd:
    """A Locust process without workers, and the server that its users talk to."""

    def __init__(self, server: Server, **options: Any) -> None:
        self.server = server
        self.environment = Environment(events=Events(), parsed_options=Namespace(run_id="run", **options))
        runner = self.environment.create_local_runner()
        install(self.environment, runner, None)
        self.reported: list[tuple[str, str | None]] = []
        self.environment.events.request.add_listener(self._note)
        self.environment.events.test_start.fire(environment=self.environment)

        class Member(StampedeUser):
            host = server.url

        self.user = Member(self.environment)

    @property
    def generator(self) -> LoadGenerator:
        generator = self.environment.stampede  # type: ignore[attr-defined]
        assert isinstance(generator, LoadGenerator)
        return generator

    def _note(self, name: str, exception: Exception | None, **_: Any) -> None:
        self.reported.append((name, None if exception is None else str(exception)))

    def finish(self) -> list[dict[str, Any]]:
        """End the run and read its history."""
        run = self.generator.run
        assert run is not None
        run.recorder.finish()
        text = gzip.decompress(b"".join(run.recorder.pieces())).decode()
        return [json.loads(line) for line in text.splitlines()]


Start = Callable[..., Crowd]


@pytest.fixture
def start() -> Iterator[Start]:
    servers: list[Server] = []

    def make(*answers: bytes | None, **options: Any) -> Crowd:
        servers.append(Server(*answers))
        return Crowd(servers[-1], **{"reads": 1, "retry_unknown": 0, **options})

    yield make
    for server in servers:
        server.close()
