"""A phone's line to the server: every connection of the browser goes through it, those of its workers too.

Chromium's own throttling leaves out what workers fetch, and the map's tiles are fetched by one. Bytes are counted as
they pass, headers included.
"""

import asyncio
import threading
import time
from types import TracebackType

DOWN, UP = 9e6 / 8, 4.5e6 / 8  # bytes a second, shared by all connections
ROUND_TRIP = 0.060  # seconds
PIECE = 1460  # bytes, what a packet holds


class _Way:
    """One direction: pieces leave one after the other at its rate, and arrive half a round trip later."""

    def __init__(self, rate: float) -> None:
        self._rate, self._free_at, self.passed = rate, 0.0, 0

    def due(self, size: int) -> float:
        """When a piece that comes now has arrived."""
        self._free_at = max(self._free_at, time.monotonic()) + size / self._rate
        self.passed += size
        return self._free_at + ROUND_TRIP / 2


class Line:
    """Listens on ``port`` while it is entered, and passes everything on to the server's port."""

    def __init__(self, to: int) -> None:
        self._to = to
        self.down, self.up = _Way(DOWN), _Way(UP)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self.port = 0

    def __enter__(self) -> "Line":
        self._thread.start()
        server = asyncio.run_coroutine_threadsafe(asyncio.start_server(self._serve, "127.0.0.1", 0), self._loop)
        self.port = int(server.result().sockets[0].getsockname()[1])
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def _serve(self, phone: asyncio.StreamReader, to_phone: asyncio.StreamWriter) -> None:
        await asyncio.sleep(ROUND_TRIP)  # to be connected takes one
        server, to_server = await asyncio.open_connection("127.0.0.1", self._to)
        await asyncio.gather(
            self._pass(phone, to_server, self.up), self._pass(server, to_phone, self.down), return_exceptions=True
        )

    async def _pass(self, come: asyncio.StreamReader, go: asyncio.StreamWriter, way: _Way) -> None:
        under_way: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()

        async def arrive() -> None:
            while True:
                due, piece = await under_way.get()
                await asyncio.sleep(due - time.monotonic())
                if not piece:
                    go.close()
                    return
                go.write(piece)

        arriving = asyncio.create_task(arrive())
        try:
            while piece := await come.read(PIECE):
                under_way.put_nowait((way.due(len(piece)), piece))
        finally:
            under_way.put_nowait((time.monotonic() + ROUND_TRIP / 2, b""))
            await arriving
