"""The turns of a stream's code in the main thread, where a device's commands run."""
import contextvars
import threading
import time

from ...driver.errors import Cancelled
from ..console import run_as
from ..driver_error import HostError
from ..main_thread import Job


def in_main_thread(run, function, limit=None):
    """Runs code of a run's driver in the main thread. Without a limit, also beside a method that takes long.

    Raises ``HostError`` of type ``StreamStalled`` if it has not returned within ``limit`` seconds of its turn.
    """
    process = run.process
    main = process.main
    if limit is None and not main.is_idle:
        return process.result_of(None, function())
    results = []
    done = threading.Event()
    context = contextvars.copy_context()

    def work(job):
        run_as(run.seat)
        try:
            results.append((context.run(process.perform, job, function), None))
        except BaseException as thrown:
            results.append((None, thrown))
        done.set()

    job = run.job = Job(work, run.seat)
    main.submit(job)
    begun = None
    while not done.wait(0.1):
        if job.is_dropped or (limit is not None and run.stopping() and main.current is not job):
            job.is_dropped = True
            raise Cancelled()
        # The time that other work of the device takes does not count.
        if begun is None and main.current is job:
            begun = time.monotonic()
        if limit is not None and begun is not None and time.monotonic() - begun > limit:
            main.interrupt(job)
            raise HostError("DriverError", f"read() has not returned for {limit:g} s", type="StreamStalled")
    result, error = results[0]
    if error is not None:
        raise error
    return result
