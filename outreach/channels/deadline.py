import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress


@contextmanager
def deadline(connection: socket.socket, seconds: float) -> Iterator[None]:
    """Cut the connection should the block take longer.

    A socket's own time-out begins anew with every byte, so a peer that sends one now and then would hold the
    thread for ever.
    """
    timer = threading.Timer(seconds, _cut, [connection])
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _cut(connection: socket.socket) -> None:
    with suppress(OSError):
        # The plain one also for TLS: the other thread may be inside the TLS object
        socket.socket.shutdown(connection, socket.SHUT_RDWR)
