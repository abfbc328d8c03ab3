"""The parameters of a function: an object's schema, and how to call the function with such an object."""

from __future__ import annotations

import inspect
from typing import Any, Callable, Dict, List, Optional, Sequence

from . import kinds
from .check import checked
from .docstrings import docs_of
from ..errors import InvalidInput
from .hints import kind_of
from .marked import marked
from .kinds import Field, Kind
from ..marks import Mark
from .resolve import hints_of

_POSITIONAL_ONLY = inspect.Parameter.POSITIONAL_ONLY
_VAR_POSITIONAL = inspect.Parameter.VAR_POSITIONAL
_VAR_KEYWORD = inspect.Parameter.VAR_KEYWORD

#: Types as docstrings name them, for parameters without a hint.
_DOC_TYPES: Dict[str, Any] = {"float": float, "number": float, "int": int, "integer": int, "str": str, "string": str, "bool": bool}


class Parameters:
    """The parameters of a function that a caller gives. ``skip`` are those that the host gives."""

    def __init__(self, function: Optional[Callable[..., Any]], skip: Sequence[str] = (), more: Optional[Dict[str, Field]] = None):
        self._positional: List[str] = []
        #: Those that may be given by position, where there is a ``*args`` behind them.
        self._before_rest: List[str] = []
        self._rest: Optional[str] = None
        self.fields: Dict[str, Field] = {}
        is_open = False
        hints = hints_of(function) if function is not None else {}
        docs = docs_of(function).parameters
        for it in _signature(function):
            if it.kind is _VAR_POSITIONAL:
                self._rest = it.name
            elif it.kind is _VAR_KEYWORD:
                is_open = True
                more = {**_unpacked(hints.get(it.name), skip), **(more or {})}
            elif it.name not in skip:
                if it.kind is _POSITIONAL_ONLY:
                    self._positional.append(it.name)
                if it.kind is not inspect.Parameter.KEYWORD_ONLY:
                    self._before_rest.append(it.name)
                self.fields[it.name] = _field(it, hints, docs.get(it.name, ("", "")))
        for name, field in (more or {}).items():
            self.fields.setdefault(name, field)
        self.is_open = is_open
        self._make_schema()

    def _make_schema(self) -> None:
        self.kind: Kind = kinds.fields_kind(self.fields, dict, self.is_open)
        self.schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **self.kind.schema}

    def add(self, name: str, field: Field) -> None:
        """Adds a parameter that a caller gives."""
        self.fields[name] = field
        self._make_schema()

    def replace(self, name: str, kind: Kind) -> None:
        """Gives a parameter another type."""
        self.fields[name].kind = kind
        self._make_schema()

    def describe(self, texts: Dict[str, str]) -> None:
        """Gives descriptions to parameters that have none."""
        for name, text in texts.items():
            field = self.fields.get(name)
            if field is not None and text and "description" not in field.kind.schema:
                field.kind = marked(field.kind, Mark({"description": text}))
        self._make_schema()

    def check(self, value: Any) -> Dict[str, Any]:
        """Valid JSON with defaults."""
        return checked(self.schema, value)

    def values(self, json: Dict[str, Any]) -> Dict[str, Any]:
        """The values for JSON that has been checked."""
        return self.kind.value(json)

    def named(self, args: Sequence[Any], kwargs: Dict[str, Any]) -> Dict[str, Any]:
        """Arguments by position under their names, together with the named ones, as values.

        Raises ``InvalidInput`` if there are too many, one is given twice, or one does not fit.
        """
        names = list(self.fields) if self._rest is None else self._before_rest
        rest = list(args[len(names):])
        if rest and self._rest is None:
            noun = "argument" if len(names) == 1 else "arguments"
            raise _refused(f"it takes {len(names)} {noun} ({', '.join(names)}), and {len(args)} were given")
        twice = next((it for it in names[: len(args)] if it in kwargs), None)
        if twice is not None:
            raise _refused(f'"{twice}" is given by position and by name')
        values = self.values(self.check({**dict(zip(names, args)), **kwargs}))
        if rest:
            values["*"] = rest
        return values

    def call(self, function: Callable[..., Any], values: Dict[str, Any]) -> Any:
        """Calls the function."""
        rest = values.get("*", ())
        named = {key: it for key, it in values.items() if key != "*"}
        first = self._before_rest if rest else self._positional
        args = [named.pop(it) for it in first if it in named]
        return function(*args, *rest, **named)

    def descriptions(self) -> List[Dict[str, Any]]:
        """The parameters one by one, as a driver's description has them."""
        required = self.schema.get("required", ())
        found = []
        for name, schema in self.schema["properties"].items():
            kind = schema.get("type", "any")
            it = {"name": name, "type": ",".join(kind) if isinstance(kind, list) else kind, "required": name in required}
            found.append({**it, **{key: schema[key] for key in ("default", "unit", "description") if key in schema}})
        return found


def _unpacked(hint: Any, skip: Sequence[str]) -> Dict[str, Field]:
    """The keywords that ``**kwargs: Unpack[SomeTypedDict]`` names."""
    import typing

    of = typing.get_args(hint)
    if getattr(typing.get_origin(hint), "__name__", getattr(typing.get_origin(hint), "_name", "")) != "Unpack" or not of:
        return {}
    from .structures import fields_of_typed_dict

    return {name: it for name, it in fields_of_typed_dict(of[0]).items() if name not in skip}


def _refused(message: str) -> InvalidInput:
    return InvalidInput([{"path": "", "message": message}])


def _signature(function: Optional[Callable[..., Any]]) -> List[inspect.Parameter]:
    """The parameters without the first, which is the object."""
    if function is None or function is object.__init__:
        return []
    try:
        found = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):  # A function in C that does not say.
        return [inspect.Parameter("kwargs", _VAR_KEYWORD)]
    is_bound = inspect.ismethod(function) or not found or found[0].kind is _VAR_POSITIONAL
    return found if is_bound else found[1:]


def _field(it: inspect.Parameter, hints: Dict[str, Any], doc: Sequence[str]) -> Field:
    has_default = it.default is not inspect.Parameter.empty
    if it.name in hints:
        kind = kind_of(hints[it.name])
    elif doc[0].lower() in _DOC_TYPES:
        kind = kind_of(_DOC_TYPES[doc[0].lower()])
    else:
        kind = like(it.default) if has_default else kinds.any_kind()
    if has_default and it.default is None and kind.schema:
        kind = kinds.union([kind, Kind({"type": "null"})]) if not _takes_null(kind) else kind
    if doc[1] and "description" not in kind.schema:
        kind = marked(kind, Mark({"description": doc[1]}))
    return Field(kind, not has_default, it.default)


def _takes_null(kind: Kind) -> bool:
    from .check import fits

    return fits(kind.schema, None)


def like(default: Any) -> Kind:
    """The type of a parameter without a hint, by its default: a whole number may be any number."""
    if isinstance(default, bool):
        return Kind({"type": "boolean"})
    if isinstance(default, (int, float)):
        return Kind({"type": "number"})
    return Kind({"type": "string"}) if isinstance(default, str) else kinds.any_kind()
