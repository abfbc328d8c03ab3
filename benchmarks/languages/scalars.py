import math
import threading
import time


class ScalarsPython:
    """A class that calls back for each scalar from a thread of its own, as an SDK does. It knows nothing of LabDaemon."""

    def __init__(self):
        self._thread = None
        self._stop = threading.Event()

    def start_streaming(self, callback, sample_rate=100.0):
        self._stop.clear()
        self._thread = threading.Thread(target=self._run, args=(callback, 1 / sample_rate))
        self._thread.start()

    def stop_streaming(self, timeout=None):
        self._stop.set()
        self._thread.join(timeout)

    def is_streaming(self):
        return self._thread is not None and self._thread.is_alive()

    def _run(self, callback, period):
        begun = time.monotonic()
        n = 0
        while not self._stop.is_set():
            callback(math.sin(n / 100))
            n += 1
            wait = begun + n * period - time.monotonic()
            if wait > 0:
                time.sleep(wait)
