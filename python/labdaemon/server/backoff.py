"""The delays between attempts to reconnect."""

from __future__ import annotations

import random
from typing import Callable

#: The first delay, unless the server sends its own.
FIRST_DELAY_SECONDS = 1.0
#: The longest delay.
MAX_DELAY_SECONDS = 30.0
# The first delay after `retry: 0`, since 0 cannot be doubled.
_MIN_FIRST_DELAY_SECONDS = 0.01


class Backoff:
    """Exponential backoff with full jitter: each delay is drawn from 0 to a ceiling that doubles up to 30 s.

    Full jitter spreads the clients of a restarted server over the whole time instead of sending them in one wave.
    """

    def __init__(self, pick: Callable[[float, float], float] = random.uniform) -> None:
        self._pick = pick
        self._first = FIRST_DELAY_SECONDS
        self._ceiling = FIRST_DELAY_SECONDS

    def start_from(self, seconds: float) -> None:
        """Set the first delay, as the server requests. A new value resets the backoff."""
        first = min(MAX_DELAY_SECONDS, max(_MIN_FIRST_DELAY_SECONDS, seconds))
        if first != self._first:
            self._first = first
            self.reset()

    def reset(self) -> None:
        """Start again with the first delay, after a success."""
        self._ceiling = self._first

    def next_delay(self) -> float:
        """Seconds to wait before the next attempt."""
        ceiling = self._ceiling
        self._ceiling = min(MAX_DELAY_SECONDS, ceiling * 2)
        return self._pick(0.0, ceiling)
