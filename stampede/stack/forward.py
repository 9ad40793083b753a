"""`python -m deploy.forward PORT=HOST:PORT …`: pass TCP connections on, for as long as it runs.

With `--delay-ms` what clients send arrives so much later, and every round trip takes so much longer.
"""

import argparse
import asyncio
from contextlib import suppress

CHUNK_BYTES = 1 << 16


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, delay_s: float = 0) -> None:
    with suppress(OSError):
        while chunk := await reader.read(CHUNK_BYTES):
            # One connection carries one request at a time, so the next chunk need not wait meanwhile.
            if delay_s:
                await asyncio.sleep(delay_s)
            writer.write(chunk)
            await writer.drain()
    writer.close()


async def _forward(rule: str, own_host: str, delay_s: float) -> None:
    port, _, target = rule.partition("=")
    host, _, target_port = target.rpartition(":")

    async def connect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            far_reader, far_writer = await asyncio.open_connection(host, int(target_port))
        except OSError:
            writer.close()
            return
        await asyncio.gather(_pump(reader, far_writer, delay_s), _pump(far_reader, writer))

    server = await asyncio.start_server(connect, own_host, int(port))
    await server.serve_forever()


async def main() -> None:
    """Serve every rule given."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rules", nargs="+", metavar="PORT=HOST:PORT")
    parser.add_argument("--host", default="0.0.0.0", help="Address to listen on")  # noqa: S104  # of its own container
    parser.add_argument("--delay-ms", type=float, default=0)
    given = parser.parse_args()
    await asyncio.gather(*(_forward(rule, given.host, given.delay_ms / 1000) for rule in given.rules))


if __name__ == "__main__":
    asyncio.run(main())
