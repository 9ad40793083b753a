"""`python -m stampede.stack.forward PORT=HOST:PORT …`: pass TCP connections on, for as long as it runs.

With `--delay-ms` each chunk that a client sends leaves that long after it arrived, in order; chunks of one connection
overlap on their way, so a pipeline of statements is delayed once. A line with a number of milliseconds, sent to
`--control-port`, changes the delay of what arrives from then on; it is answered with `ok` and the number of connections
that are passed on.
"""

import argparse
import asyncio
from contextlib import suppress
from dataclasses import dataclass
from typing import TypeAlias

CHUNK_BYTES = 1 << 16
CHUNKS_IN_FLIGHT = 256  # per connection; a client that sends faster waits
END = b""


@dataclass(slots=True)
class Delay:
    """How long a chunk is held back, which may change at any time; and for how many connections."""

    seconds: float = 0.0
    connections: int = 0


InFlight: TypeAlias = asyncio.Queue[tuple[float, bytes]]


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while chunk := await reader.read(CHUNK_BYTES):
            writer.write(chunk)
            await writer.drain()
    writer.close()


async def _pass_on_later(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, delay: Delay) -> None:
    """Pass on each chunk when its delay since it arrived is over; reading goes on meanwhile."""
    in_flight: InFlight = asyncio.Queue(CHUNKS_IN_FLIGHT)
    receiving = asyncio.create_task(_receive(reader, in_flight, delay))
    clock = asyncio.get_running_loop().time
    with suppress(OSError):
        while (arrival := await in_flight.get())[1] != END:
            leaves_at, chunk = arrival
            if (left_s := leaves_at - clock()) > 0:
                await asyncio.sleep(left_s)
            writer.write(chunk)
            await writer.drain()
    receiving.cancel()
    writer.close()


async def _receive(reader: asyncio.StreamReader, in_flight: InFlight, delay: Delay) -> None:
    """Queue each chunk with the time at which it leaves, and `END` after the last."""
    clock = asyncio.get_running_loop().time
    with suppress(OSError):
        while chunk := await reader.read(CHUNK_BYTES):
            await in_flight.put((clock() + delay.seconds, chunk))
    await in_flight.put((0.0, END))


async def _forward(rule: str, own_host: str, delay: Delay) -> None:
    port, _, target = rule.partition("=")
    host, _, target_port = target.rpartition(":")

    async def connect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            far_reader, far_writer = await asyncio.open_connection(host, int(target_port))
        except OSError:
            writer.close()
            return
        delay.connections += 1
        try:
            await asyncio.gather(_pass_on_later(reader, far_writer, delay), _pass_on(far_reader, writer))
        finally:
            delay.connections -= 1

    server = await asyncio.start_server(connect, own_host, int(port))
    await server.serve_forever()


async def _control(port: int, own_host: str, delay: Delay) -> None:
    async def set_delay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, ValueError):
            delay.seconds = max(0.0, float(await reader.readline()) / 1000)
            writer.write(f"ok {delay.connections}\n".encode())
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(set_delay, own_host, port)
    await server.serve_forever()


async def main() -> None:
    """Serve every rule given."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rules", nargs="+", metavar="PORT=HOST:PORT")
    parser.add_argument("--host", default="0.0.0.0", help="Address to listen on")  # noqa: S104  # of its own container
    parser.add_argument("--delay-ms", type=float, default=0)
    parser.add_argument("--control-port", type=int, help="Where the delay can be changed; without it, nowhere")
    given = parser.parse_args()
    delay = Delay(given.delay_ms / 1000)
    servers = [_forward(rule, given.host, delay) for rule in given.rules]
    if given.control_port is not None:
        servers.append(_control(given.control_port, given.host, delay))
    await asyncio.gather(*servers)


if __name__ == "__main__":
    asyncio.run(main())
