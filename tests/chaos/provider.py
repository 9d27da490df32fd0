"""A message provider that fails in every way. Its own log, not our tables, is the judge of a chaos run.

usage: provider.py LOG STALE_SECONDS FAULTS    prints its port

A line of the log is a message that was accepted, so that it reaches the person: [when, address, name, handed over].
With FAULTS: 5 % refused, 2 % dropped without an answer, 5 % accepted and then cut off, 5 % accepted and answered
after the sender gave up. Requests signed with a hand-over older than STALE_SECONDS are refused, as real ones do.
"""

import asyncio
import json
import random
import sys
import time
from pathlib import Path
from typing import IO


async def serve(log: IO[str], stale: float, *, faults: bool) -> None:
    async def answer(writer: asyncio.StreamWriter, result: str) -> None:
        writer.write(f"{result}\n".encode())
        await writer.drain()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            line = await reader.readline()
            if not line.endswith(b"\n"):
                return  # the sender died in the middle of it
            address, name, handed_over_at = json.loads(line)
            now, x = time.time(), random.random() if faults else 1.0
            if now - handed_over_at > stale:
                await answer(writer, "stale")
            elif x < 0.05:
                await answer(writer, "refused")
            elif x >= 0.07:
                log.write(json.dumps([now, address, name, handed_over_at]) + "\n")
                if x < 0.12:
                    return
                if x < 0.17:
                    await asyncio.sleep(random.uniform(0.5, 1.5))
                await answer(writer, "accepted")
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # the sender was killed
        finally:
            writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    with Path(sys.argv[1]).open("a", buffering=1) as log:
        asyncio.run(serve(log, float(sys.argv[2]), faults=sys.argv[3] == "faults"))
