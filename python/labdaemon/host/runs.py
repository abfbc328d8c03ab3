"""A streaming run: from its start until it is stopped, the driver has no more samples, or it fails."""
import contextvars
import threading
import time

from ..driver.context import RUN
from ..driver.errors import Cancelled
from .console import run_as
from .driver_error import HostError
from .event_loop import is_awaitable
from .main_thread import Job, raise_in

#: The interval at which ``is_streaming()`` is asked, in seconds.
_CHECK_SECONDS = 1.0

#: One polled read may take so many periods, whatever the limit.
_MAX_READ_PERIODS = 3


class Run:
    """One run. ``every()`` and ``cancelled()`` of a stream's code ask it."""

    def __init__(self, source, device, options, read_limit, writer, process, seat, started, ended):
        self._source = source
        self._device = device
        self._options = options
        self._read_limit = read_limit
        self._writer = writer
        self._process = process
        self._seat = seat
        self._started = started
        self._ended = ended
        self._stop = threading.Event()
        self._stop_limit = 5.0
        self._failure = None
        #: Set by a stop and by a failure.
        self._event = threading.Event()
        self._wakes = []
        self._future = None
        self._thread = None
        self._job = None
        self.has_started = False

    def begin(self) -> None:
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
        self._stop_limit = limit
        self._stop.set()
        self._event.set()
        for loop, woken in list(self._wakes):
            loop.call_soon_threadsafe(_set, woken)

    def interrupt(self) -> None:
        """Ends code that has not come to its next sample since the stop."""
        if self._future is not None:
            self._future.cancel()
        elif self._source.kind == "iterate" and self._thread is not None:
            raise_in(self._thread)
        elif self._job is not None:
            self._process.main.interrupt(self._job)

    def fail(self, error: BaseException) -> None:
        """A thread of the driver has ended with an error: a push run has no source any more."""
        self._failure = error
        self._event.set()

    @property
    def is_pushing(self) -> bool:
        return self._source.kind == "push" and self.has_started

    def _run(self) -> None:
        run_as(self._seat)
        RUN.set(self)
        error = None
        self._writer.begin()
        try:
            getattr(self, "_" + self._source.kind)()
        except Cancelled:
            pass
        except (SystemExit, KeyboardInterrupt) as thrown:
            self._process.crash(self._seat, thrown)
        except BaseException as thrown:
            # After the stop, only what the driver's own stop raises is an error.
            if not self._stop.is_set() or isinstance(thrown, _StopFailed):
                error = thrown.__cause__ if isinstance(thrown, _StopFailed) else thrown
        self._writer.end()
        self._ended(self, error)

    def _iterate(self):
        samples = self._source.open(self._options)
        if is_awaitable(samples):
            samples = self._process.loop.start(samples).result()
        self._start()
        if hasattr(samples, "__anext__"):
            self._future = self._process.loop.start(self._iterate_async(samples))
            return self._future.result()
        try:
            for sample in samples:
                if self._stop.is_set():
                    break
                self._writer.write(sample)
                while self._writer.full and not self._stop.is_set():
                    self._writer.wait_for_room(0.1)
        finally:
            close = getattr(samples, "close", None)
            if close is not None:
                close()
        return None

    async def _iterate_async(self, samples):
        import asyncio
        RUN.set(self)
        try:
            async for sample in samples:
                if self._stop.is_set():
                    break
                self._writer.write(sample)
                while self._writer.full and not self._stop.is_set():
                    await asyncio.sleep(0.01)
        finally:
            close = getattr(samples, "aclose", None)
            if close is not None:
                await close()

    def _push(self):
        lost = 0
        lock = threading.Lock()
        writer = self._writer
        stop = self._stop

        def callback(sample):
            nonlocal lost
            if stop.is_set():
                return
            try:
                # A push cannot wait: samples that find no room are counted, and reported as lost.
                if lost or writer.full:
                    with lock:
                        if writer.full:
                            lost += 1
                            return
                        writer.lose(lost)
                        lost = 0
                writer.write(sample)
            except Exception as error:
                self.fail(error)

        self._in_main(lambda: self._source.start(callback, self._options))
        self._start()
        reason = self._await_end()
        try:
            self._in_main(lambda: self._source.stop(self._stop_limit))
        except Exception as error:
            # Of two failures the first one is reported.
            if reason is None:
                raise _StopFailed() from error
        finally:
            writer.lose(lost)
        if reason is not None:
            raise reason

    def _await_end(self):
        """Waits until the run is stopped or fails. Returns the reason of a failure."""
        while True:
            if not self._event.wait(_CHECK_SECONDS):
                if self._source.is_streaming() is not False or self._event.is_set():
                    continue
                return Exception("the device stopped streaming by itself: is_streaming() is false")
            return None if self._stop.is_set() else self._failure

    def _read(self):
        rate = self._options.get("sample_rate", 1)
        period = 1 / float(rate)
        limit = max(self._read_limit, _MAX_READ_PERIODS * period)
        self._start()
        due = time.monotonic()
        while not self._stop.wait(max(0.0, due - time.monotonic())):
            sample = self._in_main(self._source.read, limit)
            self._writer.write(sample)
            while self._writer.full and not self._stop.is_set():
                self._writer.wait_for_room(0.1)
            due += period
            behind = time.monotonic() - due
            if behind > 0:
                # A late device skips ticks.
                due += period * int(behind / period)

    def _in_main(self, function, limit=None):
        """Runs code of the driver in the main thread. Without a limit, also beside a method that takes long."""
        process = self._process
        if limit is None and not process.main.is_idle:
            return process.result_of(None, function())
        results = []
        done = threading.Event()
        context = contextvars.copy_context()

        def work(job):
            run_as(self._seat)
            try:
                results.append((context.run(process.perform, job, function), None))
            except BaseException as thrown:
                results.append((None, thrown))
            done.set()

        job = self._job = Job(work, self._seat)
        process.main.submit(job)
        begun = None
        while not done.wait(0.1):
            if job.is_dropped or (limit is not None and self._stop.is_set() and process.main.current is not job):
                job.is_dropped = True
                raise Cancelled()
            # The time that other work of the device takes does not count.
            if begun is None and process.main.current is job:
                begun = time.monotonic()
            if limit is not None and begun is not None and time.monotonic() - begun > limit:
                process.main.interrupt(job)
                raise HostError("DriverError", f"read() has not returned for {limit:g} s", type="StreamStalled")
        result, error = results[0]
        if error is not None:
            raise error
        return result

    def _start(self):
        self.has_started = True
        self._started(self)


class _StopFailed(Exception):
    """The driver's own stop has raised its cause."""


def _set(future):
    if not future.done():
        future.set_result(None)
