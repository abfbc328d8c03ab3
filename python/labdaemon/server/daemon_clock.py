"""The server's clock, as the server's answers report it."""

from __future__ import annotations

import math
import re
import threading
from typing import Optional

#: The header of every answer: ``<epoch>-<milliseconds>``.
CLOCK_HEADER = "X-Daemon-Clock"

_READING = re.compile(r"^(.+)-(\d+)$")

# Seconds. The clocks of two machines drift by some 0.1 s in an hour.
_MAX_AGE = 600.0


class DaemonClock:
    """Times of this machine's monotonic clock in the server's time: never older than they are. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._epoch: Optional[str] = None
        # The server's clock minus this machine's, in milliseconds: the true difference is no greater.
        self._difference = 0.0
        self._read_at = 0.0

    def read(self, header: Optional[str], sent: float, now: float, replaces: bool = False) -> None:
        """Read the header of an answer to a request that was sent at ``sent``."""
        found = _READING.match(header or "")
        if found is None:
            return
        epoch, milliseconds = found.group(1), found.group(2)
        difference = float(milliseconds) - sent * 1000
        with self._lock:
            better = replaces or epoch != self._epoch or difference < self._difference
            if better or now - self._read_at > _MAX_AGE:
                self._epoch, self._difference, self._read_at = epoch, difference, now

    def at(self, time: float) -> Optional[str]:
        """A time of ``time.monotonic()`` as a command's header has it; None before the first answer."""
        with self._lock:
            if self._epoch is None:
                return None
            return f"{self._epoch}-{max(0, math.ceil(time * 1000 + self._difference))}"
