"""Values of the wire as Python has them, and back."""

from __future__ import annotations

import base64
import binascii
from datetime import date, datetime, timezone
from decimal import Decimal
from enum import Enum
from pathlib import PurePath
from typing import Any

from ..server.arrays import decode_arrays

_NOT_LOADED = object()
_numpy: Any = _NOT_LOADED


def numpy_or_none() -> Any:
    """NumPy where it is installed, else None. It is imported when it is first needed."""
    global _numpy
    if _numpy is _NOT_LOADED:
        try:
            import numpy

            _numpy = numpy
        except ImportError:
            _numpy = None
    return _numpy


def from_wire(value: Any) -> Any:
    """``value`` with each array that came as base64 as a NumPy array, or as a list where there is no NumPy."""
    numpy = numpy_or_none()
    if numpy is None:
        return decode_arrays(value)
    if isinstance(value, list):
        return [from_wire(item) for item in value]
    if not isinstance(value, dict):
        return value
    if value.keys() == {"dtype", "shape", "base64"}:
        try:
            data = base64.b64decode(value["base64"], validate=True)
            # The wire is little-endian. A copy can be written to.
            order = numpy.dtype(value["dtype"]).newbyteorder("<")
            return numpy.frombuffer(data, order).reshape(value["shape"]).astype(value["dtype"])
        except (TypeError, ValueError, binascii.Error):
            return value
    return {key: from_wire(item) for key, item in value.items()}


def to_wire(value: Any) -> Any:
    """An argument as JSON has it: enums, times, bytes (as base64), numbers of ``decimal``, paths and NumPy's values too."""
    if value is None or type(value) in (bool, int, float, str):
        return value
    if isinstance(value, Enum):
        return to_wire(value.value)
    if isinstance(value, dict):
        return {str(key): to_wire(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [to_wire(item) for item in value]
    if isinstance(value, datetime):
        # A time without a zone is the local time.
        return value.astimezone(timezone.utc).isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, (bytes, bytearray, memoryview)):
        return base64.b64encode(bytes(value)).decode("ascii")
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, PurePath):
        return str(value)
    return value
