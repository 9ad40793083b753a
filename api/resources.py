"""What the routes of every system find in their application, put there at start."""

from fastapi import Request

from api.cache import Cache
from api.contention import Strategy
from api.database import Database

# On the routes that read a body, not on the application: there it costs every request a layer.
MAX_BODY_BYTES = 1 << 16


def database(request: Request) -> Database:
    """The connection pool."""
    found: Database = request.app.state.database
    return found


def strategy(request: Request) -> Strategy:
    """How writes are guarded."""
    found: Strategy = request.app.state.strategy
    return found


def cache(request: Request) -> Cache:
    """What is kept in Redis for a short time."""
    found: Cache = request.app.state.cache
    return found
