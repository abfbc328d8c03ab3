"""Looks now and then whether a run gives what its driver declares, as ``lib/host/runtime/stream_check.ts`` does."""
import math
import time

from ...driver.schema.scalars import number_text
from ...driver.timed import Block, Lost, Stamped
from .sample_mismatch import length_of, mismatch_of

#: The samples are looked at so often at most, in seconds.
_LOOK = 0.1

#: A look at a large sample takes time: at most this part of the run's.
_MAX_SHARE = 0.02

#: The rate is measured over so much time, in seconds, and so many yields.
_WINDOW = 2.0
_MIN_YIELDS = 3

#: A rate is far from the one that was asked for by this factor.
_FAR = 2

#: So many windows in a row decide: one can be an exception.
_WINDOWS = 2


class StreamCheck:
    """The check of one run. For a sample that is not looked at it costs one comparison.

    ``declared`` has the schema ``sample``, and finds the places ``sample_place()`` and ``pace_place()`` in the driver's
    file. ``reported`` holds the types of the findings that are reported and not over, also those of earlier runs.
    ``warn`` gets a type and a message, or ``None`` where the finding is over.
    """

    def __init__(self, declared, rate, is_waveform, reported, warn, clock=time.monotonic):
        self._declared = declared
        self._asked = rate if isinstance(rate, (int, float)) and not isinstance(rate, bool) and rate > 0 else None
        self._is_waveform = is_waveform
        self._reported = reported
        self._warn = warn
        self._clock = clock
        self._samples = self._yields = 0
        #: The number of values in all waveforms so far: ``sample_rate`` may mean these.
        self._values = 0
        self._next_look = self._looked_at = 0
        self._looked = self._compare_at = -math.inf
        self._window = None
        #: Windows in a row with a wrong rate (positive) or a right one (negative); the same for samples.
        self._rate_row = self._sample_row = 0
        self._mismatch = None

    def took(self, value) -> None:
        """A value was written."""
        kind = type(value)
        if kind is Lost:
            self._samples += value.count
            self._yields += 1
            return
        samples = 1 if kind is not Block or self._is_waveform(value) else value.length
        self._samples += samples
        self._yields += 1
        if self._samples >= self._next_look and samples > 0:
            self._look(value)

    def _look(self, value):
        now = self._clock()
        payload = self._payload(value)
        self._values += (self._samples - self._looked_at) * length_of(payload)
        self._compare(payload, now)
        self._measure(now)
        # So many samples later the next look is due.
        pace = (self._samples - self._looked_at) / max(now - self._looked, 1e-9)
        self._looked = now
        self._looked_at = self._samples
        self._next_look = self._samples + max(1, min(int(pace * _LOOK), self._next_look * 2))

    def _payload(self, value):
        if isinstance(value, Stamped):
            return value.value
        if isinstance(value, Block):
            return value.values if self._is_waveform(value) else value.payload(0)
        return value

    def _compare(self, payload, now):
        if self._mismatch is not None or now < self._compare_at or not self._declared.sample:
            return
        self._mismatch = mismatch_of(self._declared.sample, payload)
        self._compare_at = now + (self._clock() - now) / _MAX_SHARE

    def _measure(self, now):
        state = (now, self._samples, self._yields, self._values)
        if self._window is None:
            self._window = state
        at, samples, yields, values = self._window
        seconds = now - at
        if seconds < _WINDOW or self._yields - yields < _MIN_YIELDS:
            if self._mismatch is not None and "SampleMismatch" not in self._reported:
                self._report("SampleMismatch", 1)
            return
        self._window = state
        self._judge_rate((self._samples - samples) / seconds, (self._values - values) / seconds)
        self._sample_row = _row(self._sample_row, self._mismatch is not None)
        self._report("SampleMismatch", self._sample_row)
        self._mismatch = None

    def _judge_rate(self, rate, value_rate):
        asked = self._asked
        if asked is None:
            return
        are_far = [found >= asked * _FAR or found <= asked / _FAR for found in (rate, value_rate)]
        self._rate_row = _row(self._rate_row, all(are_far))
        if abs(self._rate_row) >= _WINDOWS:
            self._report("RateMismatch", self._rate_row, rate)

    def _report(self, type, row, rate=0.0):
        if row > 0 and type not in self._reported:
            self._reported.add(type)
            self._warn(type, self._rate_text(rate) if type == "RateMismatch" else self._sample_text())
        elif row <= -_WINDOWS and type in self._reported:
            self._reported.discard(type)
            self._warn(type, None)

    def _rate_text(self, rate):
        advice = ("every() takes seconds: every(1 / sample_rate)" if rate > self._asked
                  else "its driver, or its instrument, is slower than it was asked to be")
        asked = number_text(self._asked)
        return f"It gives {_per_second(rate)}, where sample_rate asks for {asked}: {advice}{_in(self._declared.pace_place())}"

    def _sample_text(self):
        place = _in(self._declared.sample_place())
        return f"Its samples do not fit the schema that its driver declares as sample{place}: {self._mismatch}"


def _row(before, holds):
    """The number of turns in a row in which something was so, or negative, was not."""
    return max(before, 0) + 1 if holds else min(before, 0) - 1


def _per_second(rate):
    return f"{round(rate):,} samples per second" if rate >= 100 else f"{float(f'{rate:.2g}'):g} samples per second"


def _in(place):
    return f" ({place})" if place else ""
