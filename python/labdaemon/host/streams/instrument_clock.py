"""The clock of an instrument beside the host's, as ``lib/stream/timed/instrument_clock.ts`` has it. In microseconds."""
import math

#: Times before the year 2000 count from a zero of the clock's own.
_FIRST_UTC = 946_684_800_000_000

#: A smaller step back is a correction: the time stands still.
_MIN_STEP_BACK = 50_000

#: Until the least delay is known from ``_MIN_MINIMA`` windows, a smaller step forward cannot be distinguished from a
#: shorter delay.
_MAX_STEP_UNSEEN = 1_000_000
_MIN_MINIMA = 2
_MAX_MINIMA = 12

#: The delay of transport varies, but seldom falls below its minimum: offsets are the minima of such windows.
_WINDOW = 5_000_000

#: The minimum of a window with fewer places than this says little about the least delay.
_MIN_PLACED = 5

#: The shortest time over which a drift is measured.
_MIN_DRIFT_SPAN = 30_000_000


class InstrumentClock:
    """Places the instrument's times, notices when its clock is set, and estimates how fast it drifts.

    Times never go back, except where the clock was set back by more than a correction.
    """

    def __init__(self):
        self._origin = None
        #: From the instrument's times to the samples' times.
        self._zero = 0
        #: The instrument's time of the newest sample, and that sample's time.
        self._last = self._placed = -math.inf
        self._steps = 0
        self._restart(-math.inf)

    def begin(self) -> None:
        """A new run: a clock with a zero of its own is placed again."""
        if self._origin == "own":
            self._origin = None
        self._last = -math.inf

    def place(self, first: int, dt: float, count: int, received: int):
        """Places ``count`` samples, of which the first has the instrument's time ``first``.

        Returns the time of the first since 1970, and by how much the clock was set before it: 0 as a rule.
        """
        length = round(dt * (count - 1))
        end = first + length
        origin = "own" if first < _FIRST_UTC else "utc"
        known = self._origin
        before = self._least if self._least < math.inf else self._newest and self._newest[1]
        is_set = known is not None and (origin != known or self._was_set(first, dt, received - end - self._zero))
        if known is None or is_set:
            self._origin = origin
            self._zero = received - end if origin == "own" else 0
            self._restart(received)
        offset = received - end - self._zero
        step = before - offset if is_set and before is not None else 0
        if is_set:
            self._steps += 1
        self._observe(offset, received)
        if abs(step) < _MIN_STEP_BACK:
            step = 0
        start = first + self._zero if step else max(first + self._zero, self._placed)
        self._last = end
        self._placed = start + length
        return start, step

    def host_set(self, step: int) -> bool:
        """The host's clock was set. True if the samples' times follow it."""
        follows = self._origin == "own"
        shift = 0 if follows else step
        self._window_start += step
        self._least += shift
        self._minima = [it + shift for it in self._minima]
        if self._newest is not None:
            self._first, self._newest = ((at + step, offset + shift) for at, offset in (self._first, self._newest))
        if follows:
            self._zero += step
            self._placed += step
        return follows

    def status(self) -> dict:
        """The ``instrument_clock`` of the protocol."""
        span = self._newest[0] - self._first[0] if self._newest else 0
        offset = min(self._newest[1], self._least) if self._newest else self._least
        drift = (self._first[1] - self._newest[1]) / span * 1e6 if span >= _MIN_DRIFT_SPAN else None
        return {
            "origin": self._origin or "utc",
            "offset": round(offset / 1e6, 3) or 0.0,
            "drift": None if drift is None else round(drift, 1) or 0.0,
            "steps": self._steps,
        }

    def _restart(self, now):
        """Forgets the offset: the clock was set, or is placed again."""
        #: The times and minima of the first and of the newest complete window.
        self._first = self._newest = None
        self._least = math.inf
        #: The minima of the last windows with enough places.
        self._minima = []
        self._count = 0
        self._window_start = now

    def _was_set(self, first, dt, offset):
        since = first - self._last
        if since < -_MIN_STEP_BACK:
            return True
        unseen = self._unseen()
        if since - dt < unseen:
            return False
        # A pause moves both clocks alike. Delayed samples catch up to the least delay: an even smaller one is a step.
        least = min(self._newest[1], *self._minima, self._least) if self._newest else min(0, self._least)
        return offset < least - unseen

    def _unseen(self):
        """The limit below which a step forward counts as a shorter delay."""
        if len(self._minima) < _MIN_MINIMA:
            return _MAX_STEP_UNSEEN
        return min(_MAX_STEP_UNSEEN, _MIN_STEP_BACK + 2 * (max(self._minima) - min(self._minima)))

    def _observe(self, offset, received):
        self._least = min(self._least, offset)
        self._count += 1
        if received - self._window_start < _WINDOW:
            return
        self._newest = (received, self._least)
        self._first = self._first or self._newest
        if self._count >= _MIN_PLACED:
            self._minima = [*self._minima, self._least][-_MAX_MINIMA:]
        self._count = 0
        self._window_start = received
        self._least = offset
