"""A socket's own time-out begins anew with every byte, so a peer that sends one now and then would hold a thread
for ever. These end a call as a whole."""

import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from typing import TypeVar

T = TypeVar("T")


@contextmanager
def deadline(connection: socket.socket, seconds: float) -> Iterator[None]:
    """Cut the connection should the block take longer."""
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


def within(seconds: float, call: Callable[[], T]) -> T:
    """The call's result, or TimeoutError, for a library that hides its socket; its thread then lives on."""
    result: Future[T] = Future()

    def run() -> None:
        try:
            result.set_result(call())
        except BaseException as error:  # noqa: BLE001 - raised again where it is waited for
            result.set_exception(error)

    threading.Thread(target=run, daemon=True).start()
    return result.result(seconds)
