"""Several processes that do the same work at the same time."""

import multiprocessing
import traceback
from collections.abc import Callable
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Barrier
from typing import TypeVar

Result = TypeVar("Result")
_fork = multiprocessing.get_context("fork")


def together(count: int, work: Callable[[int, Barrier], Result]) -> list[Result]:
    """What ``work(number, barrier)`` gives in each of ``count`` processes; all must pass the same barriers.

    Raises where one of them fails. Connections are to be made inside: a process may not use another's.
    """
    barrier = _fork.Barrier(count)
    running = []
    for number in range(count):
        ours, theirs = _fork.Pipe(duplex=False)
        process = _fork.Process(target=_run, args=(work, number, barrier, theirs))
        process.start()
        theirs.close()
        running.append((process, ours))
    results: list[Result] = []
    failed = ""
    for process, ours in running:
        try:
            is_well, result = ours.recv()
        except EOFError:
            is_well, result = False, "a process died"
        ours.close()
        process.join()
        if is_well:
            results.append(result)
        else:
            failed = failed or str(result)
    if failed:
        raise RuntimeError(failed)
    return results


def _run(work: Callable[[int, Barrier], Result], number: int, barrier: Barrier, answer: Connection) -> None:
    try:
        answer.send((True, work(number, barrier)))
    except BaseException:  # noqa: BLE001 - told to the parent, which raises
        barrier.abort()
        answer.send((False, traceback.format_exc()))
