"""Samples in a row as arrays, for fast devices."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any, Dict, Union

from .arrays import from_wire, numpy_or_none
from .sample import Gap, Sample
from .stream import Stream

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


class Columns:
    """Samples in a row of one device; ``len()`` is their number.

    With NumPy the numbers are float64 arrays and the times datetime64 arrays (UTC), else lists. NaN stands where a sample has
    no number. Samples that are not only numbers come one at a time, in a list.
    """

    __slots__ = ("device_id", "sequence", "values", "timestamps", "received", "_count")

    #: The device's id.
    device_id: str
    #: The number of the first sample; the others follow one by one.
    sequence: int
    #: The numbers of the samples. For samples with names a dict of them, as ``{"x": array, "y": array}``.
    values: Any
    #: The time of each sample: the instrument's where the driver gives it, else the host's.
    timestamps: Any
    #: The host's time of each sample, also where ``timestamps`` are the instrument's.
    received: Any

    def __init__(self, data: Dict[str, Any]) -> None:
        self.device_id = data["device_id"]
        self.sequence = data["sequence"]
        self.values = from_wire(data["payload"])
        self.timestamps = _times(data["timestamps"])
        self.received = _times(data["received"]) if "received" in data else self.timestamps
        self._count = data["count"]

    @classmethod
    def of(cls, sample: Sample) -> Columns:
        """One sample alone."""
        columns = cls.__new__(cls)
        columns.device_id = sample.device_id
        columns.sequence = sample.sequence
        columns.values = [sample.value]
        columns.timestamps, columns.received = [sample.timestamp], [sample.received]
        columns._count = 1
        return columns

    def __len__(self) -> int:
        return self._count

    def __repr__(self) -> str:
        return f"<Columns of {self._count} samples of {self.device_id} from {self.sequence} on>"


class ColumnStream(Stream):
    """A :class:`Stream` that yields :class:`Columns` in place of samples."""

    def _take_data(self, kind: str, data: Dict[str, Any], text: str) -> None:
        if kind == "device_columns":
            self._items.append(Columns(data))
        else:
            super()._take_data(kind, data, text)
            self._items.append(Columns.of(self._items.pop()))

    def __iter__(self) -> ColumnStream:
        return self

    def __next__(self) -> Union[Columns, Gap]:  # type: ignore[override]
        item: Union[Columns, Gap] = super().__next__()  # type: ignore[assignment]
        return item


def _times(packed: Dict[str, Any]) -> Any:
    micros = from_wire(packed)
    if numpy_or_none() is not None:
        return micros.view("datetime64[us]")
    return [_EPOCH + timedelta(microseconds=each) for each in micros]
