"""The queue of the main thread: it runs all code of drivers that is not a stream or a callback, one job at a time."""
import os
import signal
import sys
import threading
from collections import deque

from ..driver.errors import Cancelled

#: The signal by which work in the main thread is interrupted, also where it sleeps.
INTERRUPT = signal.SIGUSR1


class Job:
    """Work for the main thread."""

    __slots__ = ("work", "seat", "is_dropped", "is_interrupted", "interrupts")

    def __init__(self, work, seat=0):
        self.work = work
        self.seat = seat
        self.is_dropped = False
        self.is_interrupted = False
        #: Called instead of the signal, while the main thread waits for a coroutine.
        self.interrupts = None


class MainThread:
    """Runs jobs in the order of their arrival, urgent jobs first."""

    def __init__(self):
        self._jobs = deque()
        self._lock = threading.Lock()
        self._wake = threading.Semaphore(0)
        self._ident = threading.main_thread().ident
        #: The job that runs.
        self.current = None
        self._is_open_to_interrupts = False
        self._is_copy = False
        signal.signal(INTERRUPT, self._on_signal)
        # System calls return early, so that the handler runs soon; those of a library in C, too.
        signal.siginterrupt(INTERRUPT, True)

    def submit(self, job: Job, urgent=False) -> None:
        with self._lock:
            if urgent:
                self._jobs.appendleft(job)
            else:
                self._jobs.append(job)
        self._wake.release()

    @property
    def is_idle(self) -> bool:
        return self.current is None and not self._jobs

    def drop(self, seat: int):
        """Marks the jobs of a seat that have not begun as dropped, and returns them: they never run."""
        with self._lock:
            dropped = [job for job in self._jobs if job.seat == seat]
            for job in dropped:
                job.is_dropped = True
        return dropped

    def interrupt(self, job: Job) -> None:
        """Raises ``Cancelled`` in the work of a job, if it runs and has not been interrupted."""
        with self._lock:
            if job is not self.current or job.is_interrupted:
                return
            job.is_interrupted = True
            interrupts = job.interrupts
        if interrupts is not None:
            interrupts()
        else:
            signal.pthread_kill(self._ident, INTERRUPT)

    def run(self) -> None:
        """Runs jobs for ever. Must be called in the main thread."""
        while True:
            self._wake.acquire()
            with self._lock:
                job = self._jobs.popleft()
                if job.is_dropped:
                    continue
                self.current = job
            try:
                job.work(job)
            finally:
                with self._lock:
                    self.current = None

    def close(self) -> None:
        """Called in a forked copy of the process: the copy exits when the driver's code has returned."""
        self._is_copy = True

    def run_driver(self, job: Job, function, *args):
        """Calls code of the driver, in a job. Only here an interrupt raises ``Cancelled``."""
        try:
            self._is_open_to_interrupts = True
            if job.is_interrupted:
                raise Cancelled()
            return function(*args)
        finally:
            self._is_open_to_interrupts = False
            if self._is_copy:
                os._exit(70)

    def _on_signal(self, _, frame):
        job = self.current
        # The signal may come when another job runs: it ends only the one that it was sent for.
        if job is None or not job.is_interrupted or not self._is_open_to_interrupts:
            return
        if _is_shielded(frame):
            # The host is writing a packet: tries again once the driver's code runs.
            timer = threading.Timer(0.005, signal.pthread_kill, (self._ident, INTERRUPT))
            timer.daemon = True
            timer.start()
        else:
            raise Cancelled()


def raise_in(thread) -> None:
    """Raises ``Cancelled`` in a thread that runs code of the driver, when it next executes Python code."""
    import ctypes
    frame = sys._current_frames().get(thread.ident)
    if frame is not None and not _is_shielded(frame):
        ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread.ident), ctypes.py_object(Cancelled))


def _is_shielded(frame) -> bool:
    """True inside of code of the host that the driver's code has called: a callback that writes a packet."""
    while frame is not None and frame.f_code is not MainThread.run_driver.__code__:
        if frame.f_code.co_filename in _SHIELDED:
            return True
        frame = frame.f_back
    return False


_SHIELDED = frozenset(
    os.path.join(os.path.dirname(__file__), f"{name}.py")
    for name in ("pipe", "console", "streams/samples", "streams/blocks", "streams/clocks", "streams/stream_check", "transcript/gather"))
