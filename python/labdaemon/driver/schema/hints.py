"""Reads type hints."""

from __future__ import annotations

import sys
import types
import typing
from typing import Any, Callable, Dict, List, Tuple

from . import kinds
from .kinds import Field, Kind
from .marked import marked

_UNIONS = (typing.Union, getattr(types, "UnionType", typing.Union))

_SEQUENCES = ("list", "Sequence", "MutableSequence", "Collection", "Iterable", "deque")
_MAPPINGS = ("dict", "Mapping", "MutableMapping", "OrderedDict", "defaultdict")
_SETS = ("set", "frozenset", "Set", "MutableSet")

#: Types by their module and name, so that no module is imported for a type that no driver uses.
_NAMED: Dict[Tuple[str, str], Callable[[], Kind]] = {
    ("builtins", "bool"): lambda: Kind({"type": "boolean"}),
    ("builtins", "int"): kinds.integer,
    ("builtins", "float"): lambda: Kind({"type": "number"}, float),
    ("builtins", "str"): lambda: Kind({"type": "string"}),
    ("builtins", "complex"): kinds.number_pair,
    ("builtins", "NoneType"): lambda: Kind({"type": "null"}),
    ("builtins", "bytes"): lambda: Kind({"type": "string", "contentEncoding": "base64"}, _bytes),
    ("builtins", "bytearray"): lambda: Kind({"type": "string", "contentEncoding": "base64"}, lambda it: bytearray(_bytes(it))),
    ("builtins", "list"): lambda: kinds.sequence(kinds.any_kind()),
    ("builtins", "tuple"): lambda: kinds.sequence(kinds.any_kind(), tuple),
    ("builtins", "set"): lambda: kinds.sequence(kinds.any_kind(), set),
    ("builtins", "dict"): lambda: Kind({"type": "object", "propertyNames": {"type": "string"}, "additionalProperties": {}}),
    ("datetime", "datetime"): lambda: kinds.text("date-time"),
    ("datetime", "date"): lambda: kinds.text("date"),
    ("datetime", "time"): lambda: kinds.text("time"),
    ("datetime", "timedelta"): lambda: Kind({"unit": "s", "type": "number"}, _timedelta),
    ("decimal", "Decimal"): lambda: Kind({"type": ["number", "string"]}, _decimal),
    ("uuid", "UUID"): lambda: kinds.text("uuid"),
    ("pathlib", "Path"): lambda: Kind({"type": "string"}, _path),
    ("pathlib", "PurePath"): lambda: Kind({"type": "string"}, _path),
    ("numpy", "ndarray"): lambda: Kind({"type": "array", "items": {}}, _ndarray),
}


def kind_of(hint: Any) -> Kind:
    """The type that a hint names; anything, if it is not known."""
    hint = getattr(hint, "__value__", hint) if type(hint).__name__ == "TypeAliasType" else hint
    origin = typing.get_origin(hint)
    if origin is typing.Annotated:
        return _annotated(hint.__origin__, hint.__metadata__)
    if origin is typing.Literal:
        return _literal(list(typing.get_args(hint)))
    if origin in _UNIONS:
        return kinds.union([kind_of(it) for it in typing.get_args(hint)])
    if type(hint).__name__ == "NewType" or hasattr(hint, "__supertype__"):
        return kind_of(hint.__supertype__)
    if origin is not None:
        return _generic(origin, typing.get_args(hint))
    if hint is None:
        hint = type(None)
    if not isinstance(hint, type):
        return kinds.any_kind()
    return _of_class(hint)


def _of_class(cls: type) -> Kind:
    package = cls.__module__.partition(".")[0]
    named = _NAMED.get((package, cls.__name__))
    if named is not None:
        return named()
    from . import structures

    for make in (structures.of_enum, structures.of_typed_dict, structures.of_model, structures.of_dataclass,
                 structures.of_named_tuple):
        kind = make(cls)
        if kind is not None:
            return kind
    numpy = sys.modules.get("numpy")
    if numpy is not None and issubclass(cls, numpy.generic):
        name = "int" if issubclass(cls, numpy.integer) else "float" if issubclass(cls, numpy.floating) else ""
        return Kind(_NAMED[("builtins", name)]().schema, cls) if name else kinds.any_kind()
    return kinds.any_kind()


def _generic(origin: Any, args: Tuple[Any, ...]) -> Kind:
    name = getattr(origin, "__name__", "")
    if name in ("Required", "NotRequired", "ReadOnly", "Final", "ClassVar"):
        return kind_of(args[0])
    if origin is tuple:
        if len(args) == 2 and args[1] is Ellipsis:
            return kinds.sequence(kind_of(args[0]), tuple)
        return kinds.fixed_tuple([kind_of(it) for it in args if it != ()])
    if name in _SEQUENCES:
        return kinds.sequence(kind_of(args[0]))
    if name in _SETS:
        return kinds.sequence(kind_of(args[0]), frozenset if name == "frozenset" else set)
    if name in _MAPPINGS:
        return kinds.record(kind_of(args[-1]))
    return _of_class(origin) if isinstance(origin, type) else kinds.any_kind()


def _literal(values: List[Any]) -> Kind:
    import enum

    if any(isinstance(it, enum.Enum) for it in values):
        by_value = {getattr(it, "value", it): it for it in values}
        return kinds.choices(list(by_value), by_value.get)
    return kinds.choices(values)


def _annotated(hint: Any, marks: Tuple[Any, ...]) -> Kind:
    kind = kind_of(hint)
    for mark in marks:
        kind = marked(kind, mark)
    return kind


def named_fields(hints: Dict[str, Any], required: Any, defaults: Dict[str, Any]) -> Dict[str, Field]:
    """Named values by their hints."""
    return {
        name: Field(kind_of(hint), True) if name in required
        else Field(kind_of(hint), False, defaults[name]) if name in defaults
        else kinds.optional(kind_of(hint))
        for name, hint in hints.items()
    }


def _bytes(json: str) -> bytes:
    import base64

    return base64.b64decode(json)


def _timedelta(json: float) -> Any:
    from datetime import timedelta

    return timedelta(seconds=json)


def _decimal(json: Any) -> Any:
    from decimal import Decimal

    return Decimal(str(json))


def _path(json: str) -> Any:
    from pathlib import Path

    return Path(json)


def _ndarray(json: Any) -> Any:
    import numpy

    return numpy.asarray(json)
