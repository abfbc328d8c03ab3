"""The JSON for values that are neither texts, numbers, lists nor dicts."""

from __future__ import annotations

from typing import Any, Callable, Dict, Tuple

from .errors import NotSerializable


def replacement(value: Any) -> Any:
    """The value as something simpler.

    Raises ``NotSerializable`` if there is nothing simpler.
    """
    if not isinstance(value, type):
        for kind in type(value).__mro__:
            simple = _BY_CLASS.get((kind.__module__.partition(".")[0], kind.__name__))
            if simple is not None:
                return simple(value)
        for attribute, simple in _BY_ATTRIBUTE.items():
            if hasattr(type(value), attribute):
                return simple(value)
        for base, simple in _by_base():
            if isinstance(value, base):
                return simple(value)
    raise NotSerializable(f"it holds {_words(value)}")


def _decimal(value: Any) -> Any:
    if not value.is_finite():
        return None
    number = float(value)
    return number if type(value)(repr(number)) == value else str(value)


def _datetime(value: Any) -> str:
    from datetime import timezone

    return value.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ").rjust(27, "0")


def _complex(value: complex) -> Dict[str, float]:
    return {"re": value.real, "im": value.imag}


def _dataclass(value: Any) -> Dict[str, Any]:
    return {name: getattr(value, name) for name in type(value).__dataclass_fields__ if hasattr(value, name)}


def _attrs(value: Any) -> Dict[str, Any]:
    return {it.name: getattr(value, it.name) for it in type(value).__attrs_attrs__}


#: By the package and the name of a class, so that no module is imported for a value that never comes.
_BY_CLASS: Dict[Tuple[str, str], Callable[[Any], Any]] = {
    ("enum", "Enum"): lambda it: it.value,
    ("builtins", "str"): str.__str__,
    ("builtins", "bool"): bool,
    ("builtins", "int"): int,
    ("builtins", "float"): float,
    ("builtins", "complex"): _complex,
    ("builtins", "dict"): dict,
    ("builtins", "BaseException"): lambda it: {"name": type(it).__name__, "message": str(it)},
    ("datetime", "datetime"): _datetime,
    ("datetime", "date"): lambda it: it.isoformat(),
    ("datetime", "time"): lambda it: it.isoformat(),
    ("datetime", "timedelta"): lambda it: it.total_seconds(),
    ("decimal", "Decimal"): _decimal,
    ("fractions", "Fraction"): float,
    ("uuid", "UUID"): str,
    ("pathlib", "PurePath"): str,
    ("ipaddress", "_IPAddressBase"): str,
    ("types", "SimpleNamespace"): vars,
}

#: By an attribute of the class.
_BY_ATTRIBUTE: Dict[str, Callable[[Any], Any]] = {
    "_asdict": lambda it: it._asdict(),
    "__dataclass_fields__": _dataclass,
    "__attrs_attrs__": _attrs,
    "model_dump": lambda it: it.model_dump(),
    # A quantity of pint: its unit stands in the schema.
    "magnitude": lambda it: it.magnitude,
}


def _by_base() -> Tuple[Tuple[Any, Callable[[Any], Any]], ...]:
    from collections.abc import Mapping, Sequence, Set

    return ((Mapping, dict), (Set, list), (Sequence, list))


def _words(value: Any) -> str:
    if isinstance(value, type):
        return f"the class {value.__name__}"
    kind = type(value).__name__
    return f"{'an' if kind[:1].lower() in 'aeiou' else 'a'} {kind}"
