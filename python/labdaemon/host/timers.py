"""Timers of the reader's thread. A timer costs nothing until it is due."""
import heapq
import itertools
import math
import threading
import time


class Timers:
    """Functions to be called later, by the thread that calls ``run_due``. The thread of the main program may add some, too."""

    def __init__(self, wake):
        self._heap = []
        self._count = itertools.count()
        self._lock = threading.Lock()
        self._owner = threading.get_ident()
        self._wake = wake

    def after(self, seconds: float, function) -> None:
        if not math.isfinite(seconds):
            return
        with self._lock:
            entry = (time.monotonic() + max(0.0, seconds), next(self._count), function)
            heapq.heappush(self._heap, entry)
            is_first = self._heap[0] is entry
        if is_first and threading.get_ident() != self._owner:
            self._wake()

    def own(self) -> None:
        """This thread calls ``run_due``."""
        self._owner = threading.get_ident()

    def wait(self):
        """The seconds until the next timer is due; ``None`` without a timer."""
        with self._lock:
            return max(0.0, self._heap[0][0] - time.monotonic()) if self._heap else None

    def run_due(self) -> None:
        while True:
            with self._lock:
                if not self._heap or self._heap[0][0] > time.monotonic():
                    return
                _, _, function = heapq.heappop(self._heap)
            function()
