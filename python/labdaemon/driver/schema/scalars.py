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

_FORMATS = {"date-time": "ISO datetime", "date": "ISO date", "time": "ISO time", "uuid": "UUID"}


def _kind(value: Any) -> str:
    if value is MISSING:
        return "undefined"
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, (int, float)):
        return "number"
    return {str: "string", list: "array", dict: "object"}.get(type(value), type(value).__name__)


def expected(what: str, value: Any, path: Path) -> Issue:
    """The issue of a value that has another type."""
    return path, f"Invalid input: expected {what}, received {_kind(value)}"


def boolean(_: Schema, value: Any, path: Path) -> Iterator[Issue]:
    """True or false."""
    if not isinstance(value, bool):
        yield expected("boolean", value, path)


def null(_: Schema, value: Any, path: Path) -> Iterator[Issue]:
    """Null."""
    if value is not None:
        yield expected("null", value, path)


def number(schema: Schema, value: Any, path: Path) -> Iterator[Issue]:
    """A number, and its limits."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        yield expected("number", value, path)
    else:
        yield from _limits(schema, value, path)


def integer(schema: Schema, value: Any, path: Path) -> Iterator[Issue]:
    """A whole number that every reader of JSON holds, and its limits."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        yield expected("number", value, path)
    elif value != math.floor(value):
        yield path, "expected a whole number"
    else:
        if value > MAX_SAFE_INTEGER:
            yield path, f"Too big: expected int to be <={MAX_SAFE_INTEGER}"
        if value < -MAX_SAFE_INTEGER:
            yield path, f"Too small: expected int to be >=-{MAX_SAFE_INTEGER}"
        is_own = {key: it for key, it in schema.items() if it not in (MAX_SAFE_INTEGER, -MAX_SAFE_INTEGER)}
        yield from _limits(is_own, value, path)


def _limits(schema: Schema, value: float, path: Path) -> Iterator[Issue]:
    for key, is_wrong, words in (
        ("minimum", lambda limit: value < limit, "Too small: expected number to be >="),
        ("exclusiveMinimum", lambda limit: value <= limit, "Too small: expected number to be >"),
        ("maximum", lambda limit: value > limit, "Too big: expected number to be <="),
        ("exclusiveMaximum", lambda limit: value >= limit, "Too big: expected number to be <"),
    ):
        limit = schema.get(key)
        if limit is not None and is_wrong(limit):
            yield path, f"{words}{number_text(limit)}"
    step = schema.get("multipleOf")
    if step is not None and not _is_multiple(value, step):
        yield path, f"Invalid number: must be a multiple of {number_text(step)}"


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
    kind = "string" if what == "Length" else "array"
    if low is not None and size < low:
        yield path, f"Too small: expected {kind} to have {'exactly ' if exact else '>='}{low} {unit}"
    if high is not None and size > high:
        yield path, f"Too big: expected {kind} to have {'exactly ' if exact else '<='}{high} {unit}"


def string(schema: Schema, value: Any, path: Path) -> Iterator[Issue]:
    """A text: its length, and its form."""
    if not isinstance(value, str):
        yield expected("string", value, path)
        return
    yield from count(schema, "Length", len(value), "characters", path)
    form = schema.get("format")
    if form in _FORMATS:
        from .texts import has_format

        if not has_format(form, value):
            yield path, f"Invalid {_FORMATS[form]}"
    elif schema.get("contentEncoding") == "base64":
        if len(value) % 4 or not re.fullmatch(r"[0-9a-zA-Z+/]*={0,2}", value):
            yield path, "Invalid base64-encoded string"
    elif "pattern" in schema and not re.search(schema["pattern"], value):
        yield path, f"expected a text of the form {schema['pattern']}"
