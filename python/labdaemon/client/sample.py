"""The samples and events of a stream."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any, Dict, Optional

_FRACTION = re.compile(r"\.(\d+)")


class Sample:
    """One sample of a device."""

    __slots__ = ("device_id", "sequence", "value", "skipped", "dt", "_timestamp", "_received")

    #: The device's id.
    device_id: str
    #: The sample's number, counted at its source: one by one, from 0.
    sequence: int
    #: The sample as the driver yields it. An array that travels as base64 is a NumPy array, or a list without NumPy.
    value: Any
    #: With ``max_rate``: the number of samples that were left out before this one. Else 0.
    skipped: int
    #: Of a waveform: the time between two of its values in seconds, where the driver gives it.
    dt: Optional[float]

    def __init__(self, device_id: str, sequence: int, timestamp: str, value: Any) -> None:
        self.device_id = device_id
        self.sequence = sequence
        self.value = value
        self.skipped = 0
        self.dt = None
        self._timestamp = timestamp
        self._received: Optional[str] = None

    @property
    def timestamp(self) -> datetime:
        """The time of the sample, in UTC: the instrument's where the driver gives it, else the host's."""
        return parse_time(self._timestamp)

    @property
    def received(self) -> datetime:
        """The host's time of the sample, in UTC, also where ``timestamp`` is the instrument's."""
        return parse_time(self._received or self._timestamp)

    def __repr__(self) -> str:
        return f"Sample({self.device_id!r}, sequence={self.sequence}, timestamp={self._timestamp!r}, value={self.value!r})"


class Gap:
    """Samples that this reader does not get."""

    __slots__ = ("device_id", "first", "last", "lost", "reason", "_timestamp")

    #: The device's id.
    device_id: str
    #: The number of the first missing sample.
    first: int
    #: The number of the last missing sample; None after a restart of the daemon, when it is unknown.
    last: Optional[int]
    #: How many samples are missing; None after a restart of the daemon.
    lost: Optional[int]
    #: ``slow-reader``, ``expired`` (the daemon no longer has them), ``restart`` or ``source`` (lost before the daemon).
    reason: str

    def __init__(self, event: Dict[str, Any]) -> None:
        self.device_id = event["device_id"]
        self.first = event["from"]
        self.last = event["to"]
        self.lost = event["lost"]
        self.reason = event["reason"]
        self._timestamp = event["timestamp"]

    @property
    def timestamp(self) -> datetime:
        """When the gap was noticed, in UTC."""
        return parse_time(self._timestamp)

    def to_dict(self) -> Dict[str, Any]:
        """The gap as plain data."""
        fields = {"first": self.first, "last": self.last, "lost": self.lost, "reason": self.reason}
        return {"device_id": self.device_id, **fields, "timestamp": self._timestamp}

    def __str__(self) -> str:
        if self.lost is None:
            return f'"{self.device_id}": the daemon was restarted, samples from {self.first} on may be missing'
        return f'"{self.device_id}" lacks {self.lost} samples, {self.first} to {self.last}: {self.reason}'

    def __repr__(self) -> str:
        return f"Gap({self.to_dict()!r})"


class GapError(Exception):
    """Samples are missing. The stream can be read on after it."""

    #: The missing samples.
    gap: Gap

    def __init__(self, gap: Gap) -> None:
        super().__init__(str(gap))
        self.gap = gap

    def __reduce__(self) -> Any:
        return _gap_error, (self.gap.to_dict(),)


def _gap_error(fields: Dict[str, Any]) -> GapError:
    return GapError(Gap({**fields, "from": fields["first"], "to": fields["last"]}))


def parse_time(text: str) -> datetime:
    """RFC 3339 as datetime. Python before 3.11 reads neither Z nor other than three or six digits of a second."""
    if text.endswith("Z"):
        text = text[:-1] + "+00:00"
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return datetime.fromisoformat(_FRACTION.sub(lambda found: "." + found.group(1)[:6].ljust(6, "0"), text))
