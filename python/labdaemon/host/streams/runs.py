"""A streaming run: from its start until it is stopped, the driver has no more samples, or it fails."""
import threading

from ...driver.context import RUN
from ...driver.errors import Cancelled
from ..console import run_as
from ..main_thread import raise_in
from .pumps import PUMPS, StopFailed


class Run:
    """One run. ``every()`` and ``cancelled()`` of a stream's code ask it, and its pump uses what has no underscore."""

    def __init__(self, source, options, read_limit, writer, check, process, seat, started, ended):
        self.source = source
        self.options = options
        #: The limit of one polled read, in seconds.
        self.read_limit = read_limit
        self.writer = writer
        self.process = process
        self.seat = seat
        #: The limit of its stop, in seconds.
        self.stop_limit = 5.0
        #: Set by a stop and by a failure.
        self.event = threading.Event()
        #: What has failed in another thread.
        self.failure = None
        #: The loop's work, and the main thread's, that is under way.
        self.future = None
        self.job = None
        self._check = check
        self._started = started
        self._ended = ended
        self._stop = threading.Event()
        self._wakes = []
        self._thread = None
        self._has_started = False

    def begin(self) -> None:
        """Starts its thread."""
        self._thread = threading.Thread(target=self._run, name="labdaemon-stream", daemon=True)
        self._thread.start()

    def stopping(self) -> bool:
        return self._stop.is_set()

    def wait(self, seconds: float) -> bool:
        return self._stop.wait(seconds)

    async def wait_async(self, seconds: float) -> bool:
        import asyncio
        if self._stop.is_set():
            return True
        loop = asyncio.get_running_loop()
        woken = loop.create_future()
        wake = (loop, woken)
        self._wakes.append(wake)
        timer = loop.call_later(seconds, _set, woken)
        try:
            await woken
        finally:
            timer.cancel()
            self._wakes.remove(wake)
        return self._stop.is_set()

    def stop(self, limit: float) -> None:
        """Asks the run to end. ``limit`` is in seconds."""
        self.stop_limit = limit
        self._stop.set()
        self.event.set()
        for loop, woken in list(self._wakes):
            loop.call_soon_threadsafe(_set, woken)

    def interrupt(self) -> None:
        """Ends code that has not come to its next sample since the stop."""
        if self.future is not None:
            self.future.cancel()
        elif self.source.kind == "iterate" and self._thread is not None:
            raise_in(self._thread)
        elif self.job is not None:
            self.process.main.interrupt(self.job)

    def fail(self, error: BaseException) -> None:
        """A thread of the driver has ended with an error: a push run has no source any more."""
        self.failure = error
        self.event.set()

    @property
    def is_pushing(self) -> bool:
        return self.source.kind == "push" and self._has_started

    def started(self) -> None:
        """The device streams."""
        self._has_started = True
        self._started(self)

    def take(self, sample) -> None:
        """Writes the next sample."""
        self.writer.write(sample)
        self._check.took(sample)

    def _run(self) -> None:
        run_as(self.seat)
        RUN.set(self)
        error = None
        self.writer.begin()
        try:
            PUMPS[self.source.kind](self)
        except Cancelled:
            pass
        except (SystemExit, KeyboardInterrupt) as thrown:
            self.process.crash(self.seat, thrown)
        except BaseException as thrown:
            # After the stop, only what the driver's own stop raises is an error.
            if not self._stop.is_set() or isinstance(thrown, StopFailed):
                error = thrown.__cause__ if isinstance(thrown, StopFailed) else thrown
        self.writer.end()
        self._ended(self, error)


def _set(future):
    if not future.done():
        future.set_result(None)
