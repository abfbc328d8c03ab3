import math
import time
from typing import Annotated, Iterator

from labdaemon.driver import Range, Unit, every


class GeneratorTemplate:
    """A simulated sine wave."""

    def __init__(self, amplitude: Annotated[float, Unit("V"), Range(0, 10)] = 1.0):
        # Arguments with type hints are the parameters of a device, from the bench file. Nothing is opened here:
        # a real instrument is opened in connect(self), and closed in disconnect(self).
        self._amplitude = amplitude

    def stream(
        self, sample_rate: Annotated[float, Unit("Hz"), Range(0.1, 1000)] = 10.0
    ) -> Iterator[Annotated[float, Unit("V")]]:
        # Arguments are the options of a run; the hint of the result is the schema of a sample. It runs in a thread of its
        # own, and every() ends it when it is to stop. When it raises, the host reconnects: no retry here.
        for _ in every(1 / sample_rate):
            yield self._amplitude * math.sin(2 * math.pi * time.time())

    @property
    def amplitude(self) -> Annotated[float, Unit("V"), Range(0, 10)]:
        """The amplitude, which can be read and set."""
        return self._amplitude

    @amplitude.setter
    def amplitude(self, volts):
        self._amplitude = volts

    def scale(self, factor: Annotated[float, Range(0, 2)]) -> float:
        """Multiply the amplitude. People and programs call public methods; the host checks the arguments."""
        self._amplitude = min(10.0, self._amplitude * factor)
        return self._amplitude
