"""Locust's fast HTTP client, made honest: one request is sent once, and its answer is read whole or not at all."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, cast

from geventhttpclient._parser import HTTPParseError
from geventhttpclient.client import HTTPClient, HTTPClientPool
from geventhttpclient.response import HTTPSocketPoolResponse
from geventhttpclient.url import URL
from locust.contrib.fasthttp import (
    FAILURE_EXCEPTIONS,
    ErrorResponse,
    FastHttpSession,
    FastRequest,
    FastResponse,
    LocustBadStatusCode,
    LocustUserAgent,
)

HTTP_MULTIPLE_CHOICES = 300
PLAIN = {"payload", "headers"}
# A list of a hundred things in one read of the socket; geventhttpclient's default takes four.
BLOCK_BYTES = 1 << 15
CACHED_URLS = 4096


class SingleSendPool(HTTPClientPool):
    """Connections on which a request is sent at most once.

    geventhttpclient sends GET, PUT and other idempotent methods again, up to `pool size + 1` times, when the
    connection is closed before an answer, whatever `max_retries` says. A pool size below 0 leaves it no attempt; the
    number of connections is fixed before. A connection that was closed while idle is noticed before sending.
    """

    def get_client(self, url: Any) -> HTTPClient:
        """The client of a host."""
        known = len(self.clients)
        client = super().get_client(url)
        if len(self.clients) > known:
            client._connection_pool.size = -1
        return client


@dataclass(frozen=True, slots=True)
class Address:
    """What a request needs of its URL; parsed once, since `URL` parses its text for each field."""

    url: URL
    uri: str
    client: tuple[str, int | None]
    host_line: str


@lru_cache(CACHED_URLS)
def parse_url(text: str) -> Address:
    """The address of a URL."""
    url = URL(text)
    host = f"[{url.host}]" if ":" in url.host else url.host
    port = "" if url.port in (80, 443) else f":{url.port}"
    return Address(url, url.quoted_uri, (url.host, url.port), f"Host: {host}{port}\r\n")


class WholeResponse(FastResponse):
    """A response whose body is complete and decoded, or an error."""

    def _content(self) -> Any:
        try:
            return super()._content()  # type: ignore[no-untyped-call]
        except FAILURE_EXCEPTIONS:
            raise
        except Exception as error:
            raise HTTPParseError(f"unreadable body: {error}") from None


class Cookies:
    """A cookie jar that costs nothing as long as there is no cookie."""

    def __init__(self, jar: Any) -> None:
        self._jar = jar
        self.used = False

    def add_cookie_header(self, request: Any) -> None:
        """Add the cookies that belong to a request."""
        if self.used:
            self._jar.add_cookie_header(request)

    def extract_cookies(self, response: Any, request: Any) -> None:
        """Keep the cookies of a response."""
        if "set-cookie" in response.headers:
            self.used = True
            self._jar.extract_cookies(response, request)


class SingleSendAgent(LocustUserAgent):
    """Gives every response, whatever its status; the session says which are failures."""

    response_type = WholeResponse
    cookies: Cookies
    plain_headers: str

    def _verify_status(self, status_code: int, url: Any = None) -> None:
        """Accept every status: geventhttpclient would format the whole conversation for each refusal."""

    def _may_retry(self, request: Any) -> bool:
        return False

    def send_plain(self, method: str, url: str, payload: str | None, headers: dict[str, str]) -> Any:
        """Send a request of Locust's usual form; about a third of the CPU time of `urlopen`."""
        address = parse_url(url)
        pool = self.clientpool
        client = pool.clients.get(address.client) or pool.get_client(address.url)
        body = payload.encode() if payload else b""
        lines = "".join([f"{name}: {value}\r\n" for name, value in headers.items()])
        if lines.count("\n") != len(headers) or lines.count("\r") != len(headers):
            raise ValueError("a header must not hold a line break")
        length = f"Content-Length: {len(body)}\r\n" if body or method != "GET" else ""
        head = f"{method} {address.uri} HTTP/1.1\r\n{address.host_line}{self.plain_headers}{length}{lines}\r\n"
        response = self._exchange(client, method, head, body)
        if "set-cookie" in (response.headers or ()):
            self.cookies.extract_cookies(response, FastRequest(address.url, method, None, payload))
        return response

    def _exchange(self, client: HTTPClient, method: str, head: str, body: bytes) -> WholeResponse:
        pool = client._connection_pool
        sock = pool.get_socket()
        try:
            data = head.encode("latin-1") + body
            sent = sock.send(data)  # sendall asks the kernel for its buffer size first
            if sent < len(data):
                sock.sendall(data[sent:])
        except BaseException:
            pool.release_socket(sock)
            raise
        return WholeResponse(
            HTTPSocketPoolResponse(sock, pool, block_size=client.block_size, method=method), None, head
        )


class SingleSendSession(FastHttpSession):
    """A FastHttpSession without resends; `send_once` makes one of any."""

    client: SingleSendAgent

    def _send_request_safe_mode(self, method: str, url: str, **kwargs: Any) -> Any:
        response = self._send(method, url, **kwargs)
        status = response.status_code
        if status >= HTTP_MULTIPLE_CHOICES and status not in LocustUserAgent.valid_response_codes:
            response.__dict__["error"] = LocustBadStatusCode(url, code=status)
        return response

    def _send(self, method: str, url: str, **kwargs: Any) -> Any:
        payload, headers = kwargs.get("payload"), kwargs.get("headers")
        if not self._is_plain(payload, headers, kwargs):
            return super()._send_request_safe_mode(method, url, **kwargs)
        try:
            return self.client.send_plain(method, url, payload, headers or {})
        except FAILURE_EXCEPTIONS as error:
            return ErrorResponse(FastRequest(url, method, None, payload), error)

    def _is_plain(self, payload: Any, headers: Any, kwargs: dict[str, Any]) -> bool:
        """Whether nothing but URL, JSON text and headers is asked for."""
        return (
            kwargs.keys() <= PLAIN
            and not self.client.cookies.used
            and (not payload or (isinstance(payload, str) and "Content-Type" in headers))
        )


def send_once(session: FastHttpSession) -> None:
    """Keep a session from sending any request twice, and from following redirects."""
    agent = cast(SingleSendAgent, session.client)
    arguments = agent.clientpool.client_args
    agent.__class__ = SingleSendAgent
    agent.max_retries = 0
    agent.max_redirects = 0
    agent.clientpool = SingleSendPool(**{**arguments, "block_size": BLOCK_BYTES})
    agent.cookies = Cookies(session.cookiejar)
    agent.cookiejar = agent.cookies  # type: ignore[assignment]  # the two methods that are called
    agent.plain_headers = "".join(f"{name}: {value}\r\n" for name, value in agent.default_headers.items())
    session.__class__ = SingleSendSession
