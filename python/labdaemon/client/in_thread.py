"""Waiting in a coroutine for what waits in a thread."""

from __future__ import annotations

import asyncio
import threading
from typing import Any, Callable, Optional, TypeVar

T = TypeVar("T")


async def in_thread(function: Callable[[], T], cancel: Callable[[], Any] = lambda: None) -> T:
    """The result of ``function``, which runs in a thread of its own.

    A thread of an executor would keep the program from ending while it waits for a daemon that is silent. If the
    coroutine is cancelled, ``cancel`` is called in another thread, and nothing waits for it.
    """
    loop = asyncio.get_running_loop()
    future: asyncio.Future[T] = loop.create_future()

    def settle(result: Any, error: Any) -> None:
        if future.done():
            return
        if error is not None:
            future.set_exception(error)
        else:
            future.set_result(result)

    def run() -> None:
        result: Any = None
        error: Optional[BaseException] = None
        try:
            result = function()
        except StopIteration as end:
            error = RuntimeError(f"unexpected {end!r}")
        except BaseException as failure:
            error = failure
        try:
            loop.call_soon_threadsafe(settle, result, error)
        except RuntimeError:
            pass  # The loop is closed: the program ends.

    threading.Thread(target=run, name="labdaemon-async", daemon=True).start()
    try:
        return await future
    except asyncio.CancelledError:
        threading.Thread(target=cancel, name="labdaemon-cancel", daemon=True).start()
        raise
