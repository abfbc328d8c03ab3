"""Samples with times of the instrument's own clock, and samples that the instrument has lost."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Iterator, List, Optional, Sequence, Union

#: The end of the year 9999, in seconds since 1970: the last time that a timestamp can name.
MAX_TIME_SECONDS = 253_402_300_799.999

#: A time of the instrument's clock: a ``datetime`` (without a time zone: local time), or seconds. Seconds since 1970, as
#: ``time.time()`` gives them, if they are in the year 2000 or later; before it, those of a clock with a zero of its own.
InstrumentTime = Union[float, datetime]


class Lost:
    """Yield it where the instrument reports an overrun: ``count`` samples are lost before the next one."""

    __slots__ = ("count",)

    def __init__(self, count: int):
        # bool is an int; numpy's integers are not.
        self.count = 0 if isinstance(count, bool) else int(count)
        if self.count != count or not 0 < self.count < 2**53:
            raise ValueError(f"Cannot report {count} lost values: the count must be a positive integer")

    def __repr__(self) -> str:
        return f"Lost({self.count})"


class Stamped:
    """A value with the time at which the instrument took it, in seconds. Made by :func:`stamped`."""

    __slots__ = ("time", "value")

    def __init__(self, time: InstrumentTime, value: Any):
        self.time = _seconds("stamp a value with the time", time)
        self.value = value


def stamped(time: InstrumentTime, value: Any) -> Stamped:
    """A value with the time at which the instrument took it, to be yielded in the value's place.

    Raises ``ValueError`` for a time that is not between 0 and the year 9999.
    """
    return Stamped(time, value)


class Block:
    """Values that the instrument took at equal distances. Made by :func:`block`."""

    __slots__ = ("t0", "dt", "values", "length", "form", "waveform")

    def __init__(self, t0: InstrumentTime, dt: float, values: Any, waveform: Optional[bool] = None):
        self.t0 = _seconds("make a block with t0", t0)
        self.dt = float(dt)
        if not 0 < self.dt < float("inf"):
            raise ValueError(f"Cannot make a block with dt {dt}: it must be a positive number of seconds")
        self.values = values
        self.waveform = waveform
        #: ``"channel"``: one; ``"list"``: a list of channels; ``"object"``: channels by name.
        self.form = _form(values)
        channels = list(self._channels())
        lengths = {len(it) for it in channels}
        if len(lengths) != 1:
            found = ", ".join(str(len(it)) for it in channels)
            raise ValueError(f"Cannot make a block: its channels must have one length, found {found}")
        #: The number of values of each channel.
        self.length = lengths.pop()
        _seconds("make a block that ends at", self.t0 + self.dt * max(0, self.length - 1))

    def payload(self, i: int) -> Any:
        """The payload of the sample that holds the ``i``-th value of each channel."""
        if self.form == "channel":
            return self.values[i]
        if self.form == "list":
            return [channel[i] for channel in self.values]
        return {name: channel[i] for name, channel in self.values.items()}

    def payloads(self) -> Iterator[Any]:
        """The payloads of all its samples, as numbers and texts of Python where the channels are numpy's arrays."""
        channels = [_plain(channel) for channel in self._channels()]
        if self.form == "channel":
            return iter(channels[0])
        if self.form == "list":
            return (list(row) for row in zip(*channels))
        names = list(self.values)
        return (dict(zip(names, row)) for row in zip(*channels))

    def _channels(self) -> Sequence[Any]:
        if self.form == "channel":
            return [self.values]
        return list(self.values.values()) if self.form == "object" else self.values


def block(t0: InstrumentTime, dt: float, values: Any) -> Block:
    """Many values at once, as a card with a clock and a buffer of its own gives them.

    Each value becomes a sample with its own sequence number and the time ``t0 + n * dt``. ``values`` is one list or array;
    a list of them or an array of two dimensions (a row for each channel); or a dict of them, by the channels' names. Where
    the driver's ``sample`` describes a channel as an array, the whole block is one sample, a waveform.

    Args:
        t0: the time of the first value.
        dt: the seconds between two values.

    Raises ``ValueError`` if ``t0`` is no time, ``dt`` is not positive, or the channels differ in length; ``TypeError`` if
    ``values`` holds no arrays.
    """
    return Block(t0, dt, values)


def _seconds(what: str, time: InstrumentTime) -> float:
    seconds = time.timestamp() if isinstance(time, datetime) else float(time)
    if 0 <= seconds <= MAX_TIME_SECONDS:
        return seconds
    raise ValueError(f"Cannot {what} {time}: it must be seconds from 0 to the year 9999")


def _form(values: Any) -> str:
    if isinstance(values, dict):
        if values and all(_is_channel(it) for it in values.values()):
            return "object"
    elif _is_channel(values):
        dimensions = getattr(values, "ndim", None)
        is_list = len(values) > 0 and all(_is_channel(it) for it in values) if dimensions is None else dimensions > 1
        return "list" if is_list else "channel"
    raise TypeError("Cannot make a block: its values must be an array, a list of arrays, or a dict of arrays")


def _is_channel(value: Any) -> bool:
    if isinstance(value, (str, bytes, bytearray, dict)):
        return False
    return hasattr(value, "__len__") and hasattr(value, "__getitem__") and getattr(value, "ndim", 1) > 0


def _plain(channel: Any) -> List[Any]:
    return channel.tolist() if hasattr(channel, "tolist") else channel
