"""The values that a driver yields or returns, as JSON.

NaN and infinities become ``null``; an integer beyond 2**53, and a ``Decimal`` that no float holds, a text; a ``datetime`` RFC
3339 in UTC (without a time zone: local time); a ``timedelta`` its seconds; complex numbers ``{"re", "im"}``; bytes base64; an
``Enum`` its value; a named tuple, a dataclass, or an attrs or pydantic object an object. Arrays of numpy, ``array.array`` and
``ctypes`` become lists, or with ``arrays="base64"`` ``{"dtype", "shape", "base64"}``: see ``arrays.py``. Numpy and pydantic
are not imported: a value of theirs can only come once a driver has imported them.
"""

from __future__ import annotations

import json
from typing import Any, Dict, List

from .errors import NotSerializable

#: Deeper nesting counts as a cycle.
MAX_DEPTH = 200

#: The largest integer that every reader of JSON holds.
MAX_SAFE_INTEGER = 2**53 - 1

_SCALARS = frozenset((float, int, str, bool, type(None)))

_dumps = json.JSONEncoder(ensure_ascii=False, allow_nan=False, check_circular=False, separators=(",", ":")).encode
_ascii = json.JSONEncoder(allow_nan=False, separators=(",", ":")).encode


def encode(value: Any, arrays: str = "json") -> bytes:
    """The value as JSON in UTF-8, without line breaks.

    Raises ``NotSerializable`` for a value without a representation in JSON: a function, a generator, a cycle.
    """
    out: List[bytes] = []
    try:
        Writer(out, arrays).write(value, 0)
    except NotSerializable:
        raise
    except RecursionError:
        raise NotSerializable("it is nested too deep, or contains itself") from None
    except Exception as error:
        raise NotSerializable(f"{type(error).__name__}: {error}") from error
    return out[0] if len(out) == 1 else b"".join(out)


class Writer:
    """Writes values as JSON, piece by piece."""

    def __init__(self, out: List[bytes], arrays: str):
        self._out = out
        self.arrays = arrays

    def raw(self, data: bytes) -> None:
        """Writes what is JSON already."""
        self._out.append(data)

    def write(self, value: Any, depth: int) -> None:
        """Writes any value."""
        kind = type(value)
        if kind in _SCALARS:
            return self._scalar(value)
        if depth > MAX_DEPTH:
            raise NotSerializable("it is nested too deep, or contains itself")
        if kind is dict:
            return self._dict(value, depth)
        if kind is list or kind is tuple:
            return self._list(value, depth)
        self._other(value, depth)

    def _scalar(self, value: Any) -> None:
        if value != value or value in (_INFINITY, -_INFINITY):
            value = None
        elif type(value) is int and not -MAX_SAFE_INTEGER <= value <= MAX_SAFE_INTEGER:
            value = _text_of_int(value)
        self._plain(value)

    def _plain(self, value: Any) -> None:
        try:
            self.raw(_dumps(value).encode())
        except UnicodeEncodeError:
            # A half of a surrogate pair.
            self.raw(_ascii(value).encode())

    def _dict(self, value: Dict[Any, Any], depth: int) -> None:
        keys = value if set(map(type, value)) <= {str} else [_key(it) for it in value]
        if "__proto__" in keys:
            raise NotSerializable('it has the key "__proto__"')
        if keys is value and _is_plain(value.values()):
            try:
                return self._plain(value)
            except ValueError:
                pass  # It holds NaN.
        mark = b"{"
        for key, item in zip(keys, value.values()):
            self.raw(mark)
            self._plain(key)
            self.raw(b":")
            self._item(key, item, depth)
            mark = b","
        self.raw(b"}" if value else b"{}")

    def _list(self, value: Any, depth: int) -> None:
        if _is_plain(value):
            try:
                return self._plain(value)
            except ValueError:
                pass
        mark = b"["
        for index, item in enumerate(value):
            self.raw(mark)
            self._item(index, item, depth)
            mark = b","
        self.raw(b"]" if value else b"[]")

    def _item(self, step: Any, item: Any, depth: int) -> None:
        try:
            self.write(item, depth + 1)
        except NotSerializable as error:
            error.path.append(step)
            raise

    def _other(self, value: Any, depth: int) -> None:
        if isinstance(value, (bytes, bytearray)):
            import binascii

            return self.raw(b'"' + binascii.b2a_base64(value, newline=False) + b'"')
        from .arrays import write_array
        from .replacements import replacement

        if not write_array(self, value, depth):
            self.write(replacement(value), depth + 1)


_INFINITY = float("inf")


def _is_plain(values: Any) -> bool:
    """True if all are scalars that JSON holds, apart from NaN."""
    kinds = set(map(type, values))
    if not kinds <= _SCALARS:
        return False
    return int not in kinds or all(
        -MAX_SAFE_INTEGER <= it <= MAX_SAFE_INTEGER for it in values if type(it) is int
    )


def _key(key: Any) -> str:
    from .replacements import replacement

    while not isinstance(key, (str, int, float)):
        if key is None or isinstance(key, (tuple, bytes)):
            raise NotSerializable(f"it has a key that is {'None' if key is None else f'a {type(key).__name__}'}")
        key = replacement(key)
    if isinstance(key, bool):
        return "true" if key else "false"
    if isinstance(key, int):
        return _text_of_int(int(key))
    return str.__str__(key) if isinstance(key, str) else repr(float(key))


def _text_of_int(value: int) -> str:
    try:
        return str(value)
    except ValueError:
        # Python limits the conversion of very long integers.
        raise NotSerializable("it holds an integer of more than 4300 digits") from None
