"""Work that goes on in a thread beside: reading ahead of who checks, writing behind.

Arrow lets go of the interpreter while it parses and packs, so two cores are used.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, TypeVar

T = TypeVar("T")
DEPTH = 2  # blocks that wait; each may hold megabytes
_END = object()


def ahead(blocks: Iterable[T]) -> Iterator[T]:
    """The same blocks, made in a thread while the ones before are worked on.

    >>> list(ahead(range(5)))
    [0, 1, 2, 3, 4]
    """
    waiting: queue.Queue[Any] = queue.Queue(DEPTH)
    is_over = threading.Event()

    def hand_over(one: Any) -> bool:
        while not is_over.is_set():
            try:
                waiting.put(one, timeout=0.1)
            except queue.Full:
                continue
            return True
        return False

    def make() -> None:
        try:
            for block in blocks:
                if not hand_over((block, None)):
                    return
        except BaseException as error:
            hand_over((None, error))
        else:
            hand_over((_END, None))

    maker = threading.Thread(target=make, daemon=True)
    maker.start()
    try:
        while True:
            block, error = waiting.get()
            if error is not None:
                raise error
            if block is _END:
                return
            yield block
    finally:
        is_over.set()
        maker.join()


@contextmanager
def behind(write: Callable[[T], Any]) -> Iterator[Callable[[T], None]]:
    """A way to write that returns at once; what went wrong is raised by the next call or the end.

    One block is being written and one waits, so memory stays bounded.
    """
    with ThreadPoolExecutor(max_workers=1) as writer:
        pending: list[Future[Any]] = []

        def put(block: T) -> None:
            if len(pending) == DEPTH:
                pending.pop(0).result()
            pending.append(writer.submit(write, block))

        yield put
        for one in pending:
            one.result()
