"""Collected samples, for NumPy and pandas."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Dict, Iterator, List, Sequence, Tuple

from .arrays import numpy_or_none
from .sample import Gap, Sample

#: The name of the only channel of a sample without names.
UNNAMED = "value"
_OWN_COLUMNS = ("timestamp", "sequence")
#: Larger integers may not be exact as floats.
_MAX_EXACT = 2**53
_MAX_INT64 = 2**63


class Collection(Sequence[Sample]):
    """Samples of one device, in order, with their units and the gaps among them."""

    def __init__(self, device_id: str, samples: List[Sample], gaps: List[Gap], units: Dict[str, str]) -> None:
        self.device_id = device_id
        self.samples = samples
        #: What is missing.
        self.gaps = gaps
        #: The units of the channels, by their names; a sample without names has the channel ``value``.
        self.units = units

    def __len__(self) -> int:
        return len(self.samples)

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return Collection(self.device_id, self.samples[index], self.gaps, self.units)
        return self.samples[index]

    def __iter__(self) -> Iterator[Sample]:
        return iter(self.samples)

    @property
    def values(self) -> List[Any]:
        """The values of the samples."""
        return [sample.value for sample in self.samples]

    @property
    def attrs(self) -> Dict[str, Any]:
        """The source of the samples: ``device_id``, ``units``, ``unit`` where there is one, and ``gaps`` as plain data."""
        attrs: Dict[str, Any] = {"device_id": self.device_id, "units": dict(self.units)}
        if UNNAMED in self.units:
            attrs["unit"] = self.units[UNNAMED]
        steps = {sample.dt for sample in self.samples}
        if len(steps) == 1 and None not in steps:
            attrs["dt"] = steps.pop()
        attrs["gaps"] = [gap.to_dict() for gap in self.gaps]
        return attrs

    def channels(self) -> Dict[str, List[Any]]:
        """The values by channel: ``{"cpu": {"total": 3}}`` has one, ``cpu.total``. None where a sample has no value."""
        rows = [dict(_channels(sample.value, ())) for sample in self.samples]
        names: Dict[str, None] = {}
        for row in rows:
            names.update(dict.fromkeys(row))
        return {name: [row.get(name) for row in rows] for name in names}

    def to_numpy(self) -> Any:
        """The values as an array whose first axis is the samples; its ``attrs`` are those here.

        Numbers give one dimension, arrays of one shape more. Samples with named channels give a structured array, with a
        field for each. ``attrs`` also has ``timestamp`` (datetime64, UTC) and ``sequence`` of each sample, as arrays. A
        missing number is NaN.
        """
        numpy = numpy_or_none()
        if numpy is None:
            raise ImportError("to_numpy() needs NumPy: pip install numpy")
        from .labelled_array import labelled

        channels = self.channels()
        columns = {name: _array(numpy, values) for name, values in channels.items()}
        if not columns or list(columns) == [UNNAMED]:
            array = columns.get(UNNAMED, numpy.empty(0))
        else:
            array = numpy.empty(len(self), [(name, each.dtype, each.shape[1:]) for name, each in columns.items()])
            for name, each in columns.items():
                array[name] = each
        times = [sample.timestamp.replace(tzinfo=None) for sample in self.samples]
        own = {
            "timestamp": numpy.array(times, "datetime64[us]"),
            "sequence": numpy.array([sample.sequence for sample in self.samples], "int64"),
        }
        return labelled(array, {**self.attrs, **own})

    def to_pandas(self) -> Any:
        """A DataFrame: the index ``timestamp`` (UTC), the column ``sequence``, and one for each channel. Its ``attrs`` are
        those here."""
        try:
            import pandas
        except ImportError:
            raise ImportError("to_pandas() needs pandas: pip install pandas") from None
        index = pandas.DatetimeIndex([sample.timestamp for sample in self.samples], tz="UTC", name="timestamp")
        columns: Dict[str, Any] = {"sequence": [sample.sequence for sample in self.samples]}
        for name, values in self.channels().items():
            while name in _OWN_COLUMNS:
                name = f"payload.{name}"
            if _loses_digits(values):
                columns[name] = _exact_column(pandas, values)
                continue
            column = pandas.Series(_floats(values), dtype=object if any(_is_array(each) for each in values) else None)
            columns[name] = column.infer_objects().to_numpy()
        frame = pandas.DataFrame(columns, index=index)
        frame.attrs.update(self.attrs)
        return frame

    def __repr__(self) -> str:
        missing = f", {len(self.gaps)} gaps" if self.gaps else ""
        return f"<Collection of {len(self)} samples of {self.device_id}{missing}>"


def _channels(value: Any, path: Tuple[str, ...]) -> List[Tuple[str, Any]]:
    if isinstance(value, dict) and value.keys() != {"dtype", "shape", "base64"}:
        return [found for key, inner in value.items() for found in _channels(inner, (*path, key))]
    return [(".".join(path) or UNNAMED, value)]


def _loses_digits(values: List[Any]) -> bool:
    """True for integers beyond 2^53 among others that would make them floats, and which a float would round."""
    if all(type(each) is int and -_MAX_INT64 <= each < _MAX_INT64 for each in values):
        return False
    return any(type(each) is int and not _is_float(each) for each in values)


def _is_float(value: int) -> bool:
    """True for an integer that a float has exactly, and for the text of a float: JSON has 3.1e+18 as its digits and zeros."""
    if abs(value) <= _MAX_EXACT:
        return True
    try:
        return value in (int(float(value)), int(Decimal(repr(float(value)))))
    except OverflowError:
        return False


def _floats(values: List[Any]) -> List[Any]:
    """The values, with floats for all integers if one does not fit into 64 bits and none loses digits."""
    if all(type(each) is not int or -_MAX_INT64 <= each < _MAX_INT64 for each in values):
        return values
    return [float(each) if type(each) is int else each for each in values]


def _exact_column(pandas: Any, values: List[Any]) -> Any:
    if all(each is None or (type(each) is int and -_MAX_INT64 <= each < _MAX_INT64) for each in values):
        return pandas.array(values, dtype="Int64")
    return pandas.array(values, dtype=object)


def _is_array(value: Any) -> bool:
    return isinstance(value, (list, dict)) or getattr(value, "ndim", 0) > 0


def _array(numpy: Any, values: List[Any]) -> Any:
    """The values as an array. What is no number, or arrays of different shapes, are objects."""
    try:
        loses_digits = _loses_digits(values)
        array = numpy.array(values if loses_digits else _floats(values), object if loses_digits else None)
        if loses_digits:
            return array
    except ValueError:
        array = None
    if array is not None and array.dtype != object:
        return array
    # NaN travels as null.
    if array is not None and not any(isinstance(each, (str, bytes, dict)) for each in array.flat):
        try:
            return array.astype(float)
        except (TypeError, ValueError):
            pass
    array = numpy.empty(len(values), object)
    for index, value in enumerate(values):
        array[index] = value
    return array
