import random
import threading
import time
from typing import Annotated, Callable

from labdaemon.driver import Range, Unit


class PushTemplate:
    """An instrument whose SDK calls back, simulated by a thread."""

    def __init__(self, high: Annotated[float, Unit("V")] = 10.0):
        self._high = high
        self._stop = threading.Event()
        self._thread = None

    def connect(self):
        """Opens the instrument."""

    def disconnect(self):
        self.stop_streaming()

    def start_streaming(
        self,
        callback: Callable[[Annotated[float, Unit("V")]], None],
        sample_rate: Annotated[float, Unit("Hz"), Range(0.1, 1000)] = 10.0,
    ):
        # The SDK would get a function that calls callback(value), from whichever thread.
        self._stop.clear()
        self._thread = threading.Thread(target=self._run, args=(callback, sample_rate))
        self._thread.start()

    def stop_streaming(self):
        # No callback comes after this has returned.
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def is_streaming(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def set_high(self, volts: Annotated[float, Unit("V"), Range(0, 1000)]):
        """Change the upper end of the range."""
        self._high = volts

    def _run(self, callback, sample_rate):
        due = time.monotonic()
        while not self._stop.wait(max(0.0, due - time.monotonic())):
            callback(random.random() * self._high)
            due += 1 / sample_rate
