"""The three sources of a device's samples: the device yields them, pushes them, or is read."""
import threading
import time

from ...driver.context import RUN
from ...driver.timed import Block, Lost
from ..event_loop import is_awaitable
from .turns import in_main_thread

#: The interval at which ``is_streaming()`` is asked, in seconds.
_CHECK_SECONDS = 1.0

#: One polled read may take so many periods, whatever the limit.
_MAX_READ_PERIODS = 3


class StopFailed(Exception):
    """The driver's own stop has raised its cause."""


def _iterate(run):
    process = run.process
    samples = run.source.open(run.options)
    if is_awaitable(samples):
        samples = process.loop.start(samples).result()
    run.started()
    if hasattr(samples, "__anext__"):
        run.future = process.loop.start(_iterate_async(run, samples))
        return run.future.result()
    try:
        for sample in samples:
            if run.stopping():
                break
            run.take(sample)
            _wait_for_room(run)
    finally:
        close = getattr(samples, "close", None)
        if close is not None:
            close()
    return None


async def _iterate_async(run, samples):
    import asyncio
    RUN.set(run)
    try:
        async for sample in samples:
            if run.stopping():
                break
            run.take(sample)
            while run.writer.full and not run.stopping():
                await asyncio.sleep(0.01)
    finally:
        close = getattr(samples, "aclose", None)
        if close is not None:
            await close()


def _push(run):
    lost = 0
    lock = threading.Lock()
    writer = run.writer

    def callback(sample):
        nonlocal lost
        if run.stopping():
            return
        try:
            # A push cannot wait: samples that find no room are counted, and reported as lost.
            if lost or writer.full:
                with lock:
                    if writer.full:
                        lost += _samples_in(sample, writer)
                        return
                    writer.lose(lost)
                    lost = 0
            run.take(sample)
        except Exception as error:
            run.fail(error)

    in_main_thread(run, lambda: run.source.start(callback, run.options))
    run.started()
    reason = _await_end(run)
    try:
        in_main_thread(run, lambda: run.source.stop(run.stop_limit))
    except Exception as error:
        # Of two failures the first one is reported.
        if reason is None:
            raise StopFailed() from error
    finally:
        writer.lose(lost)
    if reason is not None:
        raise reason


def _await_end(run):
    """Waits until the run is stopped or fails. Returns the reason of a failure."""
    while True:
        if not run.event.wait(_CHECK_SECONDS):
            if run.source.is_streaming() is not False or run.event.is_set():
                continue
            return Exception("the device stopped streaming by itself: is_streaming() is false")
        return None if run.stopping() else run.failure


def _poll(run):
    period = 1 / float(run.options.get("sample_rate", 1))
    limit = max(run.read_limit, _MAX_READ_PERIODS * period)
    run.started()
    due = time.monotonic()
    while not run.wait(max(0.0, due - time.monotonic())):
        run.take(in_main_thread(run, run.source.read, limit))
        _wait_for_room(run)
        due += period
        behind = time.monotonic() - due
        if behind > 0:
            # A late device skips ticks.
            due += period * int(behind / period)


PUMPS = {"iterate": _iterate, "push": _push, "read": _poll}


def _wait_for_room(run):
    while run.writer.full and not run.stopping():
        run.writer.wait_for_room(0.1)


def _samples_in(value, writer):
    """The number of samples that a value becomes."""
    if isinstance(value, Lost):
        return value.count
    return value.length if isinstance(value, Block) and not writer.is_waveform(value) else 1
