"""A bench and its devices as Python objects: :class:`Bench`, and :class:`AsyncBench` for asyncio."""

from .async_bench import AsyncBench
from .async_device import AsyncDevice
from .async_stream import AsyncStream
from .bench import Bench
from .calls import Call
from .collection import Collection
from .columns import Columns, ColumnStream
from .device import Device
from .recordings import Recording, Recordings
from .sample import Gap, GapError, Sample
from .stream import Stream

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
