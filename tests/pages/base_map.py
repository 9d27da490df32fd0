"""A provider of base maps, as a server of its own on this machine: another origin than the pages'."""

import struct
import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

STYLE = b"""{"version": 8, "sources": {"theirs": {"type": "raster", "tiles": ["%s/{z}/{x}/{y}.png"], "tileSize": 256}},
"layers": [{"id": "theirs", "type": "raster", "source": "theirs"}]}"""


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _png(red: int, green: int, blue: int) -> bytes:
    """256 × 256 pixels of one colour."""
    rows = (b"\0" + bytes((red, green, blue)) * 256) * 256
    header = struct.pack(">IIBBBBB", 256, 256, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(rows)) + _chunk(b"IEND", b"")


TILE = _png(120, 160, 220)


class Provider(ThreadingHTTPServer):
    def __init__(self, *, broken: bool = False) -> None:
        super().__init__(("127.0.0.1", 0), _Answers)
        self.broken = broken
        self.asked: list[str] = []

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Answers(BaseHTTPRequestHandler):
    server: Provider

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        style = STYLE % self.server.origin.encode()
        body, kind = (style, "application/json") if self.path.endswith(".json") else (TILE, "image/png")
        self.send_response(401 if self.server.broken else 200)
        self.send_header("Access-Control-Allow-Origin", "*")
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *words: object) -> None:
        pass


@contextmanager
def provider(*, broken: bool = False) -> Iterator[Provider]:
    server = Provider(broken=broken)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
