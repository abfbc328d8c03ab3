"""The difference of a sample from the schema that its driver declares."""
import json
import math

from ...driver.schema.check import issues_of
from ...driver.values import encode

#: A sample of more values, or of more JSON, is not compared.
_MAX_VALUES = 20_000
_MAX_CHARS = 100_000

#: The sample is cut in a message, in characters.
_MAX_SHOWN = 100


def length_of(payload) -> int:
    """The number of values in a waveform; 1 for any other sample."""
    if isinstance(payload, (str, bytes, bytearray, dict)) or getattr(payload, "ndim", 1) == 0:
        return 1
    try:
        return len(payload)
    except TypeError:
        return 1


def mismatch_of(schema, payload):
    """The difference in words; ``None`` if the sample fits, or cannot be compared."""
    try:
        if getattr(payload, "size", length_of(payload)) > _MAX_VALUES:
            return None
        # The wire carries other values than the driver yields: lists for arrays, text for a datetime.
        text = encode(payload).decode()
        if len(text) > _MAX_CHARS:
            return None
        for path, message in issues_of(schema, json.loads(text)):
            # NaN and infinities become null, whatever the schema says.
            if not _is_not_finite(_value_at(payload, path)):
                place = f"{'.'.join(map(str, path))}: " if path else ""
                shown = text if len(text) <= _MAX_SHOWN else f"{text[:_MAX_SHOWN]}…"
                return f"{place}{message}, in {shown}"
    except Exception:  # What a driver's objects raise here, they raise where they are written, too.
        return None
    return None


def _is_not_finite(value):
    try:
        return not math.isfinite(value)
    except (TypeError, ValueError, OverflowError):
        return False


def _value_at(value, path):
    for key in path:
        try:
            value = value[key]
        except (TypeError, KeyError, IndexError):
            value = getattr(value, str(key), None)
    return value
