"""Collecting the samples of a stream for some time."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Dict, List, Optional

from .collection import Collection
from .sample import Sample
from .stream import Stream

# Seconds for the last samples of a period to arrive.
_GRACE = 2.0


def collect(
    stream: Stream,
    device_id: str,
    units: Dict[str, str],
    seconds: Optional[float],
    samples: Optional[int],
    timeout: Optional[float],
) -> Collection:
    """Collect from a stream with ``gaps="ignore"``, and close it. See ``Device.collect``."""
    collector = Collector(seconds, samples, timeout)
    with stream:
        try:
            while not collector.full and stream.fetch(collector.rest()):
                collector.take(stream)
        except TimeoutError:
            if not collector.samples or not collector.is_over():
                raise
    return Collection(device_id, collector.samples, stream.gaps, units)


class Collector:
    """Takes samples until the period is over, which begins with the first one, or until it has enough."""

    def __init__(self, seconds: Optional[float], samples: Optional[int], timeout: Optional[float]) -> None:
        if seconds is None and samples is None:
            raise ValueError("Cannot collect without an end: expected seconds= or samples=")
        for name, value in (("seconds", seconds), ("samples", samples)):
            if value is not None and not value > 0:
                raise ValueError(f"Cannot collect {name}={value!r}: expected a number above 0")
        self._seconds = seconds
        self._count = samples
        self._timeout = timeout
        self._ends: Optional[float] = None
        self._steps = 0
        self.samples: List[Sample] = []
        #: True once it takes no more.
        self.full = False

    def rest(self) -> Optional[float]:
        """The time to wait for the next samples, in seconds."""
        if self._ends is None:
            return self._timeout
        rest = max(0.0, self._ends - time.monotonic())
        return rest if self._timeout is None else min(rest, self._timeout)

    def is_over(self) -> bool:
        """True if the period has passed by this machine's clock: the device was silent at its end."""
        return self._ends is not None and time.monotonic() >= self._ends

    def take(self, stream: Stream) -> None:
        """Take the events of the stream. Raises the error that ended the stream."""
        for item in stream.take():
            if self.full:
                return
            if isinstance(item, Exception):
                raise item
            if isinstance(item, Sample):
                self._add(item, stream)
        if self.is_over():
            self.full = True

    def _add(self, sample: Sample, stream: Stream) -> None:
        if not self.samples and self._seconds is not None:
            self._ends = time.monotonic() + self._seconds + _GRACE
            self._until = sample.timestamp + timedelta(seconds=self._seconds)
        if self._seconds is not None:
            for step in stream.clock_steps[self._steps :]:
                self._until += timedelta(seconds=step)
            self._steps = len(stream.clock_steps)
            if sample.timestamp >= self._until:
                self.full = True
                return
        self.samples.append(sample)
        if self._count is not None and len(self.samples) >= self._count:
            self.full = True
