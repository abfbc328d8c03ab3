"""LabDaemon for Deno in Python.

    from labdaemon import Bench

    bench = Bench("http://127.0.0.1:5000")
    bench["psu1"].voltage = 3.3
    for sample in bench["daq1"].stream(sample_rate=100):
        print(sample.sequence, sample.timestamp, sample.value)

The HTTP API call by call is in :mod:`labdaemon.server`. Importing this package imports no other module of it: a driver's
process starts fast.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, List

if TYPE_CHECKING:
    from .client import (
        AsyncBench,
        AsyncDevice,
        AsyncStream,
        Bench,
        Call,
        Collection,
        Columns,
        ColumnStream,
        Device,
        Gap,
        GapError,
        Recording,
        Recordings,
        Sample,
        Stream,
    )

__version__ = "0.2.0"

__all__ = [
    "AsyncBench",
    "AsyncDevice",
    "AsyncStream",
    "Bench",
    "Call",
    "Collection",
    "ColumnStream",
    "Columns",
    "Device",
    "Gap",
    "GapError",
    "Recording",
    "Recordings",
    "Sample",
    "Stream",
]


def __getattr__(name: str) -> Any:
    if name in __all__:
        from . import client

        return getattr(client, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> List[str]:
    return sorted([*globals(), *__all__])
