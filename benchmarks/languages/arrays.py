import array
import random

from labdaemon.driver import driver, every


@driver(arrays="base64")
class ArraysPython:
    """Arrays of 1 MB of float64, as base64."""

    def __init__(self):
        self.values = array.array("d", (random.random() for _ in range(125_000)))

    def stream(self, sample_rate: float = 100.0):
        for _ in every(1 / sample_rate):
            yield self.values
