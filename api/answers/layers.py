"""Layers around a system's application (ASGI) that falsify some of its answers."""

import asyncio
from collections import OrderedDict, deque
from contextlib import suppress
from dataclasses import dataclass, field
from random import choice, random
from typing import TypeAlias

from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.routing import Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import Problem
from api.web import errors

# Shares of the answers that are falsified.
FALSE_REFUSALS = 0.03  # of all writes; half of them before deciding, half after
STALE_READS = 0.05  # of the reads whose answer has changed
SWAPS = 0.05  # of all answers; each finds a partner, so up to twice as many are false

VERSIONS_KEPT = 8
ANSWERS_KEPT = 5_000
LARGEST_KEPT_BYTES = 1 << 16
PARTNER_TIMEOUT_S = 0.05

KINDS = {status: kind for kind, status in errors.STATUSES.items()}
GENERAL_CODES = {
    problem.code for problem in (*errors.WRITE_PROBLEMS, *errors.TOKEN_PROBLEMS, errors.INVALID_CREDENTIALS)
}


@dataclass(slots=True)
class Reply:
    """A whole HTTP answer, held back until it is decided what is sent."""

    messages: list[Message] = field(default_factory=list)
    error: Exception | None = None

    @property
    def status(self) -> int:
        """The status code; 500 if the application sent nothing."""
        return int(self.messages[0]["status"]) if self.messages else 500

    @property
    def body(self) -> bytes:
        """The body, joined."""
        return b"".join(message.get("body", b"") for message in self.messages)

    async def send(self, send: Send) -> None:
        """Send it to the client, then let the server log the error behind it.

        Raises:
            Exception: what the application raised.
        """
        for message in self.messages:
            await send(message)
        if self.error is not None:
            raise self.error


async def _collect(app: ASGIApp, scope: Scope, receive: Receive) -> Reply:
    reply = Reply()

    async def keep(message: Message) -> None:
        reply.messages.append(message)

    try:
        await app(scope, receive, keep)
    except Exception as error:
        reply.error = error
    return reply


class Layer:
    """ASGI layer around one application: passes every request on, and falsifies some of the answers."""

    def __init__(self, app: FastAPI) -> None:
        self._app: ASGIApp = app
        self._routes = app.routes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        reply = await self._answer(scope, receive)
        await reply.send(send)

    async def _answer(self, scope: Scope, receive: Receive) -> Reply:
        raise NotImplementedError

    async def _ask(self, scope: Scope, receive: Receive) -> Reply:
        """The application's own answer."""
        return await _collect(self._app, scope, receive)

    def _find_route(self, scope: Scope) -> APIRoute | None:
        for route in self._routes:
            if isinstance(route, APIRoute) and route.matches(scope)[0] is Match.FULL:
                return route
        return None


class FalseRefusal(Layer):
    """Some writes are answered with a refusal that the endpoint may give, chosen at random.

    Wrong in two ways. Half of these refusals replace the answer of a write that was done: an aborted write that is
    visible (G1a), since the client was promised that nothing had happened. The others are sent without deciding, as a
    server does that decides on a stale cache: full while there are free places, a stale read by the writer.
    Source: Adya, Weak Consistency, 1999 (G1a).
    """

    async def _answer(self, scope: Scope, receive: Receive) -> Reply:
        lies = scope["method"] != "GET" and random() < FALSE_REFUSALS  # noqa: S311  # a share, no secret
        refusals = self._find_refusals(scope) if lies else []
        if not refusals:
            return await self._ask(scope, receive)
        if random() < 0.5:  # noqa: S311
            reply = await self._ask(scope, receive)
            if reply.status >= 300:
                return reply
        return await _collect(errors.respond(choice(refusals)), scope, receive)  # noqa: S311

    def _find_refusals(self, scope: Scope) -> list[Problem]:
        """The refusals that the endpoint documents for itself, without those that any endpoint may give."""
        route = self._find_route(scope)
        if route is None:
            return []
        documented = [
            example["value"]
            for response in route.responses.values()
            for example in response.get("content", {}).get(errors.PROBLEM_JSON, {}).get("examples", {}).values()
        ]
        return [
            Problem(value["code"], KINDS[value["status"]], value["detail"])
            for value in documented
            if value["code"] not in GENERAL_CODES
        ]


ReadKey: TypeAlias = tuple[bytes, bytes, bytes]


class StaleAnswer(Layer):
    """Some reads are answered with an older answer to the same URL and actor, kept in this process.

    Wrong: a stale read, and since the same client may have seen newer values, no monotonic reads and no reading of
    its own writes. A cache that nobody invalidates answers like this.
    Source: Terry et al., Session Guarantees for Weakly Consistent Replicated Data, 1994.
    """

    def __init__(self, app: FastAPI) -> None:
        super().__init__(app)
        self._kept: OrderedDict[ReadKey, deque[Reply]] = OrderedDict()

    async def _answer(self, scope: Scope, receive: Receive) -> Reply:
        reply = await self._ask(scope, receive)
        if scope["method"] != "GET" or reply.status != 200 or len(reply.body) > LARGEST_KEPT_BYTES:
            return reply
        versions = self._remember(scope, reply)
        if len(versions) > 1 and random() < STALE_READS:  # noqa: S311
            return versions[0]
        return reply

    def _remember(self, scope: Scope, reply: Reply) -> deque[Reply]:
        """The last different answers to this request, oldest first; the newest is `reply`."""
        actor = dict(scope["headers"]).get(b"authorization", b"")
        key = (scope["path"].encode(), scope["query_string"], actor)
        versions = self._kept.setdefault(key, deque(maxlen=VERSIONS_KEPT))
        self._kept.move_to_end(key)
        if not versions or versions[-1].body != reply.body:
            versions.append(reply)
        if len(self._kept) > ANSWERS_KEPT:
            self._kept.popitem(last=False)
        return versions


class SwappedAnswer(Layer):
    """Some pairs of concurrent requests to one endpoint get each other's answers.

    Wrong: each client is told of a write or a row that is another's, as happens when a connection is given back to
    its pool with an answer still on it. No name in the consistency literature: no order of the operations explains it.
    Source: OpenAI, March 20 ChatGPT outage, 2023 (redis-py, cancelled requests).
    """

    def __init__(self, app: FastAPI) -> None:
        super().__init__(app)
        self._offers: dict[str, tuple[Reply, asyncio.Future[Reply]]] = {}

    async def _answer(self, scope: Scope, receive: Receive) -> Reply:
        reply = await self._ask(scope, receive)
        route = scope.get("route")
        # Swapped tokens would make clients act as each other: another fault than a swapped answer.
        if not isinstance(route, APIRoute) or "auth" in route.tags:
            return reply
        endpoint = f"{scope['method']} {route.path}"
        offered = self._offers.pop(endpoint, None)
        if offered is not None:
            other, partner = offered
            partner.set_result(reply)
            return other
        if random() < SWAPS:  # noqa: S311
            return await self._offer(endpoint, reply)
        return reply

    async def _offer(self, endpoint: str, reply: Reply) -> Reply:
        """The answer that another request exchanged for `reply`; `reply` itself if none came in time."""
        partner: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        self._offers[endpoint] = (reply, partner)
        with suppress(TimeoutError):
            async with asyncio.timeout(PARTNER_TIMEOUT_S):
                return await partner
        self._offers.pop(endpoint, None)
        return reply
