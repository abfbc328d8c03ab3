"""How long to wait before trying again."""

from __future__ import annotations

import random
from typing import Callable

#: The first delay, in seconds, until a server says its own.
FIRST_DELAY = 1.0
#: No delay is longer, in seconds.
LONGEST_DELAY = 30.0
# Something to double, where a server says `retry: 0`.
_SHORTEST_FIRST_DELAY = 0.01


class Backoff:
    """Exponential backoff with full jitter: each delay is drawn from 0 to a ceiling that doubles up to 30 s.

    Full jitter spreads the clients of a restarted server over the whole time instead of sending them in one wave.
    """

    def __init__(self, pick: Callable[[float, float], float] = random.uniform) -> None:
        self._pick = pick
        self._first = FIRST_DELAY
        self._ceiling = FIRST_DELAY

    def start_from(self, seconds: float) -> None:
        """Take the server's word for the first delay; news from it begins again."""
        first = min(LONGEST_DELAY, max(_SHORTEST_FIRST_DELAY, seconds))
        if first != self._first:
            self._first = first
            self.reset()

    def reset(self) -> None:
        """Begin again: it worked."""
        self._ceiling = self._first

    def next_delay(self) -> float:
        """Seconds to wait before the next attempt."""
        ceiling = self._ceiling
        self._ceiling = min(LONGEST_DELAY, ceiling * 2)
        return self._pick(0.0, ceiling)
