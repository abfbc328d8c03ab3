"""Validates JSON by a JSON Schema, in the words in which drivers in TypeScript refuse an input."""

from __future__ import annotations

import json
import math
import re
from typing import Any, Dict, Iterator, List, Optional, Tuple

from ..errors import InvalidInput

Schema = Dict[str, Any]
Path = Tuple[Any, ...]
Issue = Tuple[Path, str]

MAX_SAFE_INTEGER = 2**53 - 1

#: What stands for a key that is not there.
MISSING: Any = type("Missing", (), {"__repr__": lambda self: "MISSING"})()

_FORMATS = {"date-time": "ISO datetime", "date": "ISO date", "time": "ISO time", "uuid": "UUID"}


def checked(schema: Schema, value: Any) -> Any:
    """The value with the defaults of keys that are not there.

    Raises ``InvalidInput`` if it does not fit.
    """
    issues = list(issues_of(schema, value))
    if issues:
        raise InvalidInput([{"path": path_text(path), "message": message} for path, message in issues])
    return filled(schema, value)


def path_text(path: Path) -> str:
    """The place of a value as text: ``channels[0].gain``."""
    return "".join(f"[{it}]" if isinstance(it, int) else f".{it}" for it in path).lstrip(".")


def fits(schema: Schema, value: Any) -> bool:
    """True if the value has no issue."""
    return next(issues_of(schema, value), None) is None


def filled(schema: Schema, value: Any) -> Any:
    """A valid value with the defaults of its schema."""
    for alternative in schema.get("anyOf", ()):
        if fits(alternative, value):
            return filled(alternative, value)
    if isinstance(value, dict):
        known = schema.get("properties", {})
        rest = schema.get("additionalProperties")
        result: Dict[str, Any] = {}
        for key, its in known.items():
            if key in value or "default" in its:
                result[key] = filled(its, value[key] if key in value else its["default"])
        for key, item in value.items():
            if key not in known:
                result[key] = filled(rest, item) if isinstance(rest, dict) else item
        return result
    if isinstance(value, list):
        return [filled(_item(schema, index), item) for index, item in enumerate(value)]
    return value


def issues_of(schema: Schema, value: Any, path: Path = ()) -> Iterator[Issue]:
    """The faults of a value, in the order of the schema."""
    types = schema.get("type")
    if isinstance(types, list) and len(types) > 1:
        schema = {"anyOf": [{"type": it} for it in types]}
    if "anyOf" in schema:
        yield from _union(schema["anyOf"], value, path)
    elif "enum" in schema or "const" in schema:
        values = schema["enum"] if "enum" in schema else [schema["const"]]
        if not any(_same(it, value) for it in values):
            texts = ", ".join(json.dumps(it, ensure_ascii=False) for it in values)
            yield path, f"expected {'one of ' if len(values) > 1 else ''}{texts}"
    elif types is None:
        if value is MISSING:
            yield path, "Invalid input: expected nonoptional, received undefined"
    else:
        yield from _CHECKS[types](schema, value, path)


def _union(alternatives: List[Schema], value: Any, path: Path) -> Iterator[Issue]:
    nullable = [it for it in alternatives if it.get("type") != "null"]
    if len(nullable) < len(alternatives):
        if value is None:
            return
        if len(nullable) == 1:
            yield from issues_of(nullable[0], value, path)
            return
    found = [list(issues_of(it, value, path)) for it in nullable]
    if all(found):
        # One alternative that has the type only: its limits say more than that no alternative fits.
        near = [it for it in found if all(message.startswith(("Too ", "Invalid number")) for _, message in it)]
        yield from near[0] if len(near) == 1 else [(path, "Invalid input")]


def _same(a: Any, b: Any) -> bool:
    return a == b and isinstance(a, bool) == isinstance(b, bool)


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


def _expected(what: str, value: Any, path: Path) -> Issue:
    return path, f"Invalid input: expected {what}, received {_kind(value)}"


def _boolean(_: Schema, value: Any, path: Path) -> Iterator[Issue]:
    if not isinstance(value, bool):
        yield _expected("boolean", value, path)


def _null(_: Schema, value: Any, path: Path) -> Iterator[Issue]:
    if value is not None:
        yield _expected("null", value, path)


def _number(schema: Schema, value: Any, path: Path) -> Iterator[Issue]:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        yield _expected("number", value, path)
    else:
        yield from _limits(schema, value, path)


def _integer(schema: Schema, value: Any, path: Path) -> Iterator[Issue]:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        yield _expected("number", value, path)
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


def _count(schema: Schema, what: str, size: int, unit: str, path: Path) -> Iterator[Issue]:
    low, high = schema.get(f"min{what}"), schema.get(f"max{what}")
    exact = low is not None and low == high
    kind = "string" if what == "Length" else "array"
    if low is not None and size < low:
        yield path, f"Too small: expected {kind} to have {'exactly ' if exact else '>='}{low} {unit}"
    if high is not None and size > high:
        yield path, f"Too big: expected {kind} to have {'exactly ' if exact else '<='}{high} {unit}"


def _string(schema: Schema, value: Any, path: Path) -> Iterator[Issue]:
    if not isinstance(value, str):
        yield _expected("string", value, path)
        return
    yield from _count(schema, "Length", len(value), "characters", path)
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


def _array(schema: Schema, value: Any, path: Path) -> Iterator[Issue]:
    items = schema.get("prefixItems")
    if not isinstance(value, list):
        yield _expected("array" if items is None else "tuple", value, path)
        return
    if items is None:
        for index, item in enumerate(value):
            yield from issues_of(schema["items"], item, (*path, index))
        yield from _count(schema, "Items", len(value), "items", path)
        return
    if len(value) < len(items):
        yield path, f"Too small: expected array to have >={len(items)} items"
        return
    if len(value) > len(items) and not schema.get("items"):
        yield path, f"Too big: expected array to have <={len(items)} items"
    for index, item in enumerate(value):
        yield from issues_of(_item(schema, index), item, (*path, index))


def _item(schema: Schema, index: int) -> Schema:
    items = schema.get("prefixItems", ())
    rest: Any = schema.get("items")
    return items[index] if index < len(items) else rest if isinstance(rest, dict) else {}


def _object(schema: Schema, value: Any, path: Path) -> Iterator[Issue]:
    known: Optional[Dict[str, Schema]] = schema.get("properties")
    rest = schema.get("additionalProperties", {})
    if not isinstance(value, dict):
        yield _expected("record" if known is None and rest else "object", value, path)
        return
    known = known or {}
    required = schema.get("required", ())
    for key, its in known.items():
        if key in value or key in required:
            yield from issues_of(its, value.get(key, MISSING), (*path, key))
    hint = f"; known keys are {', '.join(known) or 'none'}" if not path else ""
    for key, item in value.items():
        if key in known:
            continue
        if rest is False or key == "__proto__":
            yield (*path, key), f"unknown key{hint}"
        elif isinstance(rest, dict):
            yield from issues_of(rest, item, (*path, key))


_CHECKS = {
    "boolean": _boolean,
    "null": _null,
    "number": _number,
    "integer": _integer,
    "string": _string,
    "array": _array,
    "object": _object,
}
