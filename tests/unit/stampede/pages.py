"""A small HTTP server whose pages a test sets."""

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs


class PageServer(ThreadingHTTPServer):
    """Answers 200 with the text of a path, another status with `statuses`, 404 where it has no page."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.pages: dict[str, str] = {}
        self.statuses: dict[str, int] = {}
        self.posted: dict[str, dict[str, list[str]]] = {}
        self.hits: Counter[str] = Counter()
        self.answering = threading.Event()  # cleared, it leaves every request waiting
        self.answering.set()


class _Handler(BaseHTTPRequestHandler):
    server: PageServer

    def do_GET(self) -> None:
        self.server.hits[self.path] += 1
        self.server.answering.wait()
        text = self.server.pages.get(self.path)
        self.send_response(404 if text is None else self.server.statuses.get(self.path, 200))
        self.end_headers()
        self.wfile.write((text or "").encode())

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.posted[self.path] = parse_qs(body.decode())
        self.do_GET()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def page_server() -> Iterator[PageServer]:
    with PageServer() as server:
        threading.Thread(target=server.serve_forever, args=[0.01], daemon=True).start()
        try:
            yield server
        finally:
            server.answering.set()
            server.shutdown()
