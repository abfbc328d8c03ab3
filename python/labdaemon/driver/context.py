"""The call or the run that the present code works for."""

from __future__ import annotations

import time
from contextvars import ContextVar
from typing import Any, AsyncIterator, Iterator, Optional

#: The present call: an object with ``cancelled()`` and ``progress(fraction, text)``. The host sets it.
CALL: ContextVar[Any] = ContextVar("labdaemon_call", default=None)

#: The present run: an object with ``stopping()``, ``wait(seconds)`` and ``wait_async(seconds)``. The host sets it.
RUN: ContextVar[Any] = ContextVar("labdaemon_run", default=None)

#: A consumer that is further behind does not catch up: the ticks then have a gap.
MAX_CATCH_UP_SECONDS = 1.0


def cancelled() -> bool:
    """True once the present call was cancelled or has reached its limit, or the present run is to stop.

    A method that takes long asks it between its steps, stops what moves, and returns or raises.
    False in a script that uses the class without a host.
    """
    call, run = CALL.get(), RUN.get()
    return bool((call is not None and call.cancelled()) or (run is not None and run.stopping()))


def progress(fraction: Optional[float] = None, text: str = "") -> None:
    """Report the progress of the present call, to its caller and to every reader of the device.

    ``fraction`` is the part that is done, from 0 to 1; ``None``: unknown. ``text`` is cut to 200 characters. Never raises.
    """
    call = CALL.get()
    if call is not None:
        call.progress(fraction, text)


class every:
    """Tick every ``period`` seconds until the run is to stop; the first tick comes at once. For ``for`` and ``async for``.

    Each tick has a deadline, ``start + n * period``, so that the rate does not drift. A loop that is late catches up; one
    that is more than a second behind skips to now, which the numbers of the ticks show. ::

        def stream(self, sample_rate: float = 10.0):
            for _ in every(1 / sample_rate):
                yield self.read_volts()
    """

    def __init__(self, period: float):
        if not 0 < period < float("inf"):
            raise ValueError(f"Cannot tick every {period} s: the period must be a positive number of seconds")
        self._period = float(period)

    def __iter__(self) -> Iterator[int]:
        run = RUN.get()
        ticks = _Ticks(self._period)
        while run is None or not run.stopping():
            left = ticks.left()
            if left > 0:
                if run is None:
                    time.sleep(left)
                elif run.wait(left):
                    return
                continue
            yield ticks.take()

    async def __aiter__(self) -> AsyncIterator[int]:
        import asyncio

        run = RUN.get()
        ticks = _Ticks(self._period)
        turn = time.monotonic()
        while run is None or not run.stopping():
            left = ticks.left()
            # A loop that is always late must give the others their turn.
            if left > 0 or time.monotonic() - turn > 0.01:
                if run is None:
                    await asyncio.sleep(max(0.0, left))
                elif await run.wait_async(max(0.0, left)):
                    return
                turn = time.monotonic()
                continue
            yield ticks.take()


class _Ticks:
    def __init__(self, period: float):
        self._period = period
        self._start = time.monotonic()
        self._tick = 0

    def left(self) -> float:
        """The seconds until the next tick is due."""
        return self._start + self._tick * self._period - time.monotonic()

    def take(self) -> int:
        """The number of the tick that is due."""
        behind = -self.left()
        if behind > MAX_CATCH_UP_SECONDS and behind >= self._period:
            self._tick += int(behind / self._period)
        tick = self._tick
        self._tick += 1
        return tick
