"""Events as the server sends them."""

from __future__ import annotations

import json
from typing import Any


def event(kind: str, event_id: str = "", **fields: Any) -> bytes:
    data = {"event": kind, "device_id": "daq1", "timestamp": "2026-11-22T06:25:52.123456Z", **fields}
    first = f"id: {event_id}\n" if event_id else ""
    return f"{first}event: {kind}\ndata: {json.dumps(data)}\n\n".encode()


def state(name: str, **fields: Any) -> bytes:
    return event("device_state", state=name, restarts=0, **fields)


def gap(first: int, last: int) -> bytes:
    fields = {"from": first, "to": last, "lost": last - first + 1, "reason": "slow-reader"}
    return event("gap", f"k3f9-{last}", **fields)


def timed_frame(sequence: int, seconds: float, payload: Any) -> bytes:
    """A sample, so many seconds after the minute."""
    time = f"2026-11-22T06:25:{seconds:09.6f}Z"
    return event("device_data", f"k3f9-{sequence}", sequence=sequence, payload=payload).replace(
        b"2026-11-22T06:25:52.123456Z", time.encode()
    )
