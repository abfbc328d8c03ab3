"""The times of samples: the host's clock, and the instrument's beside it."""
import math
import time

from .instrument_clock import InstrumentClock

#: A smaller step of the wall clock is a correction, and not reported. In nanoseconds.
_MIN_STEP = 50_000_000

#: The two clocks are read one after the other. In nanoseconds.
_TOLERANCE = 2_000_000

#: The instrument's clock is reported at most so often, in seconds.
_REPORT_SECONDS = 2

#: So many steps are reported in a second. Others are added to the next one: more would break the protocol.
_MAX_STEPS = 5


class TimeText:
    """RFC 3339 in UTC with microseconds, of microseconds since 1970."""

    def __init__(self):
        self._second = None
        self._prefix = b""

    def __call__(self, micros: int) -> bytes:
        second, fraction = divmod(micros, 1_000_000)
        if second != self._second:
            self._prefix = time.strftime("%Y-%m-%dT%H:%M:%S.", time.gmtime(second)).rjust(20, "0").encode()
            self._second = second
        return b"%b%06dZ" % (self._prefix, fraction)


class HostClock:
    """The wall clock in microseconds since 1970. It never goes back, except where it was set back."""

    def __init__(self):
        self._offset = time.time_ns() - time.monotonic_ns()
        self._last = 0
        #: Milliseconds by which it was set before the last reading; 0 as a rule.
        self.step = 0

    def read(self) -> int:
        now = time.time_ns()
        offset = now - time.monotonic_ns()
        self.step = 0
        change = offset - self._offset
        micros = now // 1000
        if change > _MIN_STEP or change < -_MIN_STEP:
            self.step = change / 1e6
            self._offset = offset
            self._last = micros
            return micros
        if change > _TOLERANCE or change < -_TOLERANCE:
            # Corrections do not add up to a step.
            self._offset = offset
        if micros < self._last:
            return self._last
        self._last = micros
        return micros


class SampleClocks:
    """The clocks of a device's samples: the host's and, where the driver gives its times, the instrument's."""

    def __init__(self, set_clock, report):
        self._host = HostClock()
        self._instrument = None
        self._set_clock = set_clock
        self._report = report
        self._reported_at = self._second = -math.inf
        self._steps = 0
        #: Steps that are not reported yet, in milliseconds, by their source.
        self._unreported = {"host": 0.0, "instrument": 0.0}

    def begin(self) -> None:
        """A new run begins: an instrument's clock that counts from a zero of its own may begin again."""
        if self._instrument is not None:
            self._instrument.begin()

    def read(self) -> int:
        """The host's time, in microseconds since 1970."""
        micros = self._host.read()
        if self._host.step:
            self._host_set(True)
        return micros

    def place(self, first: float, dt: float, count: int):
        """Places samples with times of the instrument's, which are in seconds.

        Returns the time of the first one, and the host's time, both in microseconds since 1970.
        """
        instrument = self._instrument
        if instrument is None:
            instrument = self._instrument = InstrumentClock()
        received = self._host.read()
        if self._host.step:
            self._host_set(False)
        start, step = instrument.place(round(first * 1e6), dt * 1e6, count, received)
        if step:
            self._step(step / 1000, "instrument")
        now = time.monotonic()
        if now - self._reported_at >= _REPORT_SECONDS:
            self._reported_at = now
            self._report(instrument.status())
        return max(0, start), received

    def _host_set(self, is_own):
        """The host's clock was set. Times of the instrument's need not follow."""
        step = self._host.step
        follows = self._instrument is not None and self._instrument.host_set(round(step * 1000))
        if is_own or follows:
            self._step(step, "host")

    def _step(self, step, source):
        now = time.monotonic()
        if now - self._second >= 1:
            self._second = now
            self._steps = 0
        self._steps += 1
        step += self._unreported[source]
        is_reported = self._steps <= _MAX_STEPS
        self._unreported[source] = 0.0 if is_reported else step
        if is_reported:
            self._set_clock(step, source)
