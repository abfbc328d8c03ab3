"""The times of samples: the host's clock, and the instrument's beside it."""
import time

#: A smaller step of the wall clock is a correction, and not reported. In nanoseconds.
_MIN_STEP = 50_000_000

#: The two clocks are read one after the other. In nanoseconds.
_TOLERANCE = 2_000_000

#: The year 2000, in seconds since 1970. Earlier times are those of a clock with a zero of its own.
_FIRST_UTC = 946_684_800


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


class InstrumentClock:
    """Places times of the instrument's clock: those of UTC as they are, others from the first one of a run on."""

    def __init__(self):
        self._zero = None
        self._least = None
        self._origin = None

    def begin(self) -> None:
        """A new run: a clock with a zero of its own is placed again."""
        self._zero = None
        self._least = None
        self._origin = None

    def place(self, first: float, span: float, received: int) -> int:
        """The microseconds since 1970 of the time ``first``, of values that end ``span`` seconds later."""
        micros = round(first * 1e6)
        self._origin = "own" if first < _FIRST_UTC else "utc"
        if self._origin == "own":
            if self._zero is None:
                self._zero = received - micros - round(span * 1e6)
            micros += self._zero
        offset = received - micros - round(span * 1e6)
        self._least = offset if self._least is None else min(self._least, offset)
        return max(0, micros)

    def status(self) -> dict:
        return {"origin": self._origin, "offset": round((self._least or 0) / 1e6, 3), "drift": None, "steps": 0}
