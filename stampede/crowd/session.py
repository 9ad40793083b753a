"""Locust's fast HTTP client, made honest: one request is sent once, and its answer is read whole or not at all."""

from typing import Any

from geventhttpclient._parser import HTTPParseError
from geventhttpclient.client import HTTPClient, HTTPClientPool
from locust.contrib.fasthttp import (
    FAILURE_EXCEPTIONS,
    FastHttpSession,
    FastResponse,
    LocustBadStatusCode,
    LocustUserAgent,
)


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
        self._used = False

    def add_cookie_header(self, request: Any) -> None:
        """Add the cookies that belong to a request."""
        if self._used:
            self._jar.add_cookie_header(request)

    def extract_cookies(self, response: Any, request: Any) -> None:
        """Keep the cookies of a response."""
        if "set-cookie" in response.headers:
            self._used = True
            self._jar.extract_cookies(response, request)


class SingleSendAgent(LocustUserAgent):
    """Gives every response, whatever its status; the session says which are failures."""

    response_type = WholeResponse

    def _verify_status(self, status_code: int, url: Any = None) -> None:
        """Refused answers keep their bodies unread until somebody reads them."""

    def _may_retry(self, request: Any) -> bool:
        return False


class SingleSendSession(FastHttpSession):
    """A FastHttpSession without resends; `send_once` makes one of any."""

    def _send_request_safe_mode(self, method: str, url: str, **kwargs: Any) -> Any:
        response = super()._send_request_safe_mode(method, url, **kwargs)
        status = response.status_code
        if status and status not in LocustUserAgent.valid_response_codes:
            response.__dict__["error"] = LocustBadStatusCode(url, code=status)
        return response


def send_once(session: FastHttpSession) -> None:
    """Keep a session from sending any request twice, and from following redirects."""
    agent = session.client
    agent.__class__ = SingleSendAgent
    agent.max_retries = 0
    agent.max_redirects = 0
    agent.clientpool = SingleSendPool(**agent.clientpool.client_args)
    agent.cookiejar = Cookies(session.cookiejar)  # type: ignore[assignment]  # the two methods that are called
    session.__class__ = SingleSendSession
