"""`python -m deploy.flush_redis`: delete everything in the Redis that REDIS_URL names.

The command of the fault `flush redis`. It speaks the protocol itself: importing a Redis client takes ten times as long
as all the rest, and a fault every 3 s must not cost the machine that is measured.
"""

import os
import socket
import sys
from urllib.parse import unquote, urlsplit

TIMEOUT_S = 2.0
DEFAULT_PORT = 6379


def flush(url: str) -> None:
    """Sign in, delete every database, and wait for the answer.

    Raises:
        OSError: Redis is not reachable, did not answer in time, or refused.
        ValueError: the URL is not one of Redis.
    """
    parts = urlsplit(url)
    if parts.scheme != "redis" or parts.hostname is None:
        raise ValueError("REDIS_URL must have the form redis://[user:password@]host:port/0")
    commands = [["FLUSHALL"]]
    if parts.password is not None:
        user = [unquote(parts.username)] if parts.username else []
        commands.insert(0, ["AUTH", *user, unquote(parts.password)])
    address = (parts.hostname, parts.port or DEFAULT_PORT)
    with socket.create_connection(address, TIMEOUT_S) as connection, connection.makefile("rb") as answers:
        for command in commands:
            connection.sendall(_encode(command))
            answer = answers.readline().decode().strip()
            if not answer.startswith("+"):
                raise OSError(answer.removeprefix("-") or "the connection was closed")


def _encode(words: list[str]) -> bytes:
    encoded = [word.encode() for word in words]
    return b"*%d\r\n" % len(encoded) + b"".join(b"$%d\r\n%b\r\n" % (len(word), word) for word in encoded)


def main() -> int:
    """Flush; say in one sentence what came of it. Exit code 0 or 1."""
    try:
        flush(os.environ.get("REDIS_URL", ""))
    except (OSError, ValueError) as error:
        sys.stderr.write(f"Redis could not be flushed: {error}.\n")
        return 1
    sys.stdout.write("Redis was flushed.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
