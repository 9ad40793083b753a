"""`python -m deploy.forward PORT=HOST:PORT …`: pass TCP connections on, for as long as it runs."""

import asyncio
import sys
from contextlib import suppress

CHUNK_BYTES = 1 << 16


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while chunk := await reader.read(CHUNK_BYTES):
            writer.write(chunk)
            await writer.drain()
    writer.close()


async def _forward(rule: str) -> None:
    port, _, target = rule.partition("=")
    host, _, target_port = target.rpartition(":")

    async def connect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            far_reader, far_writer = await asyncio.open_connection(host, int(target_port))
        except OSError:
            writer.close()
            return
        await asyncio.gather(_pump(reader, far_writer), _pump(far_reader, writer))

    server = await asyncio.start_server(connect, "0.0.0.0", int(port))  # noqa: S104  # of its own container
    await server.serve_forever()


async def main() -> None:
    """Serve every rule given."""
    await asyncio.gather(*map(_forward, sys.argv[1:]))


if __name__ == "__main__":
    asyncio.run(main())
