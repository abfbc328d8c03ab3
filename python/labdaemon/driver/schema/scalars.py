"""Validates numbers, texts, true, false and null by a JSON Schema."""

from __future__ import annotations

import math
import re
from typing import Any, Dict, Iterator, Tuple

Schema = Dict[str, Any]
Path = Tuple[Any, ...]
Issue = Tuple[Path, str]

MAX_SAFE_INTEGER = 2**53 - 1

#: What stands for a key that is not there.
MISSING: Any = type("Missing", (), {"__repr__": lambda self: "MISSING"})()

_FORMATS = {
    "date-time": "a date and time, such as 2026-11-26T14:30:00Z",
    "date": "a date, such as 2026-11-26",
    "time": "a time of day, such as 14:30:00",
    "uuid": "a UUID",
}


def _kind(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return _found(value)
    return {str: "a text", list: "a list"}.get(type(value), "an object")


def _found(value: float) -> str:
    """A number as JavaScript shows it, NaN and infinities included."""
    if value != value:
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return number_text(value)


def expected(what: str, value: Any, path: Path) -> Issue:
    """The issue of a value that has another type. A text is not shown: it may be a secret."""
    if value is MISSING:
        return path, f"missing; expected {what}"
    quoted = ": write it without quotes" if _is_quoted(what, value) else ""
    return path, f"expected {what}, found {_kind(value)}{quoted}"


def none_of(what: str, value: Any, path: Path) -> Issue:
    """The issue of a value that is none of the listed ones. Only a number is shown."""
    if value is MISSING or (isinstance(value, (int, float)) and not isinstance(value, bool)):
        return expected(what, value, path)
    return path, f"expected {what}"


def _is_quoted(what: str, value: Any) -> bool:
    """True for a number, true or false between quotes, which is the most common mistake."""
    if not isinstance(value, str):
        return False
    if what == "true or false":
        return value in ("true", "false")
    if what not in ("a number", "a whole number"):
        return False
    try:
        return math.isfinite(float(value)) and "_" not in value
    except ValueError:
        return False


def boolean(_: Schema, value: Any, path: Path) -> Iterator[Issue]:
    """True or false."""
    if not isinstance(value, bool):
        yield expected("true or false", value, path)


def null(_: Schema, value: Any, path: Path) -> Iterator[Issue]:
    """Null."""
    if value is not None:
        yield expected("null", value, path)


def number(schema: Schema, value: Any, path: Path) -> Iterator[Issue]:
    """A number, and its limits."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        yield expected("a number", value, path)
    else:
        yield from _limits(schema, value, path)


def integer(schema: Schema, value: Any, path: Path) -> Iterator[Issue]:
    """A whole number that every reader of JSON holds, and its limits."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        yield expected("a number", value, path)
    elif value != math.floor(value):
        yield path, f"expected a whole number, found {_found(value)}"
    else:
        if value > MAX_SAFE_INTEGER:
            yield path, f"expected at most {MAX_SAFE_INTEGER}, found {_found(value)}"
        if value < -MAX_SAFE_INTEGER:
            yield path, f"expected at least -{MAX_SAFE_INTEGER}, found {_found(value)}"
        is_own = {key: it for key, it in schema.items() if it not in (MAX_SAFE_INTEGER, -MAX_SAFE_INTEGER)}
        yield from _limits(is_own, value, path)


def _limits(schema: Schema, value: float, path: Path) -> Iterator[Issue]:
    for key, is_wrong, words in (
        ("minimum", lambda limit: value < limit, "at least"),
        ("exclusiveMinimum", lambda limit: value <= limit, "more than"),
        ("maximum", lambda limit: value > limit, "at most"),
        ("exclusiveMaximum", lambda limit: value >= limit, "less than"),
    ):
        limit = schema.get(key)
        if limit is not None and is_wrong(limit):
            yield path, f"expected {words} {number_text(limit)}, found {_found(value)}"
    step = schema.get("multipleOf")
    if step is not None and not _is_multiple(value, step):
        yield path, f"expected a multiple of {number_text(step)}, found {_found(value)}"


def number_text(number: float) -> str:
    """A number as JavaScript writes it: ``5``, not ``5.0``."""
    return str(int(number)) if number == int(number) and abs(number) < 1e21 else repr(number)


def _is_multiple(value: float, step: float) -> bool:
    from decimal import Decimal

    return Decimal(repr(value)) % Decimal(repr(step)) == 0


def count(schema: Schema, what: str, size: int, unit: str, path: Path) -> Iterator[Issue]:
    """The limits of a length: that of a text (``Length``) or of a list (``Items``)."""
    low, high = schema.get(f"min{what}"), schema.get(f"max{what}")
    exact = low is not None and low == high
    if low is not None and size < low:
        yield path, f"expected {'' if exact else 'at least '}{counted(low, unit)}"
    if high is not None and size > high:
        yield path, f"expected {'' if exact else 'at most '}{counted(high, unit)}"


def counted(number: int, unit: str) -> str:
    """A number with its unit: ``1 item``, ``2 items``."""
    return f"{number} {unit}{'' if number == 1 else 's'}"


def string(schema: Schema, value: Any, path: Path) -> Iterator[Issue]:
    """A text: its length, and its form."""
    if not isinstance(value, str):
        yield expected("a text", value, path)
        return
    yield from count(schema, "Length", len(value), "character", path)
    form = schema.get("format")
    if form in _FORMATS:
        from .texts import has_format

        if not has_format(form, value):
            yield path, f"expected {_FORMATS[form]}"
    elif schema.get("contentEncoding") == "base64":
        if len(value) % 4 or not re.fullmatch(r"[0-9a-zA-Z+/]*={0,2}", value):
            yield path, "expected a text in base64"
    elif "pattern" in schema and not re.search(schema["pattern"], value):
        yield path, f"expected a text of the form {schema['pattern']}"
