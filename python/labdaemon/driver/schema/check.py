"""Validates JSON by a JSON Schema, in the words in which drivers in TypeScript refuse an input."""

from __future__ import annotations

import json
import re
from typing import Any, Dict, Iterator, List, Optional

from . import scalars
from .scalars import MAX_SAFE_INTEGER, MISSING, Issue, Path, Schema, count, counted, expected, none_of
from ..errors import InvalidInput

__all__ = ["MAX_SAFE_INTEGER", "Issue", "Path", "Schema", "checked", "fits", "issues_of", "path_text"]


#: A longer key is no misspelt one.
MAX_MEANT_CHARS = 50


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
            yield none_of(f"{'one of ' if len(values) > 1 else ''}{texts}", value, path)
    elif types is None:
        if value is MISSING:
            yield expected("a value", value, path)
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
        near = [it for it in found if all(_LIMIT.match(message) for _, message in it)]
        yield from near[0] if len(near) == 1 else [_no_alternative(found, value, path)]


_LIMIT = re.compile(r"expected (at (least|most) |more than |less than |a multiple of |\d+ (item|character)s?$)")
_KIND = re.compile(r"(?:missing; )?expected ([^,]+)")


def _no_alternative(found: List[List[Issue]], value: Any, path: Path) -> Issue:
    """The kinds of all alternatives, if each of them refuses the kind of the value."""
    kinds = [match[1] if its[0][0] == path and (match := _KIND.match(its[0][1])) else None for its in found]
    if None in kinds:
        return path, "expected a value of another form"
    return expected(" or ".join(dict.fromkeys(kind for kind in kinds if kind)), value, path)


def _same(a: Any, b: Any) -> bool:
    return a == b and isinstance(a, bool) == isinstance(b, bool)


def _array(schema: Schema, value: Any, path: Path) -> Iterator[Issue]:
    items = schema.get("prefixItems")
    if not isinstance(value, list):
        yield expected("a list", value, path)
        return
    if items is None:
        for index, item in enumerate(value):
            yield from issues_of(schema["items"], item, (*path, index))
        yield from count(schema, "Items", len(value), "item", path)
        return
    if len(value) < len(items):
        yield path, f"expected at least {counted(len(items), 'item')}"
        return
    if len(value) > len(items) and not schema.get("items"):
        yield path, f"expected at most {counted(len(items), 'item')}"
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
        yield expected("an object", value, path)
        return
    known = known or {}
    required = schema.get("required", ())
    for key, its in known.items():
        if key in value or key in required:
            yield from issues_of(its, value.get(key, MISSING), (*path, key))
    for key, item in value.items():
        if key in known:
            continue
        if rest is False or key == "__proto__":
            yield (*path, key), f"unknown key{'' if path else _known_keys(key, known)}"
        elif isinstance(rest, dict):
            yield from issues_of(rest, item, (*path, key))


def _known_keys(key: str, known: Dict[str, Schema]) -> str:
    from difflib import get_close_matches

    meant = get_close_matches(key, known, 1, 0.7) if 2 < len(key) <= MAX_MEANT_CHARS else []
    return f"; {f'did you mean {meant[0]}? Known' if meant else 'known'} keys are {', '.join(known) or 'none'}"


_CHECKS = {
    "boolean": scalars.boolean,
    "null": scalars.null,
    "number": scalars.number,
    "integer": scalars.integer,
    "string": scalars.string,
    "array": _array,
    "object": _object,
}
