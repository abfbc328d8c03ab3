"""The methods and properties of a driver's class."""

from __future__ import annotations

import inspect
from typing import Any, Callable, Dict, Iterator, List, Optional, Tuple

from .schema import kinds
from .schema.check import Schema, checked
from .declare import METHOD, MethodDeclaration
from .schema.docstrings import docs_of
from .schema.hints import kind_of
from .schema.marked import marked
from .schema.kinds import Field, Kind
from .marks import Mark
from .schema.resolve import hints_of
from .schema.signature import Parameters

_SCHEMA = "https://json-schema.org/draft/2020-12/schema"

#: The functions that the host calls. They are no methods for callers.
CONTRACT = (
    "connect", "disconnect", "safe", "describe_sample", "stream", "start_streaming", "stop_streaming", "is_streaming", "read",
)


class Method:
    """A public method."""

    def __init__(self, name: str, function: Callable[..., Any], declared: Optional[MethodDeclaration] = None):
        self.name = name
        self.doc = docs_of(function).summary
        #: Seconds; ``None``: the call limit of the device.
        self.limit = declared.limit if declared else None
        self._parameters = Parameters(function)
        #: Finds the function to call, of a device.
        self.target: Callable[[Any], Any] = lambda device: getattr(device, self.name)

    def arguments(self, args: List[Any], kwargs: Dict[str, Any]) -> Dict[str, Any]:
        """Valid arguments, as values of their types. Raises ``InvalidInput``."""
        return self._parameters.named(args, kwargs)

    def call(self, device: Any, arguments: Dict[str, Any]) -> Any:
        """The result, or a coroutine."""
        return self._parameters.call(self.target(device), arguments)

    def describe(self) -> Dict[str, Any]:
        """Its part of a driver's description."""
        return {
            "name": self.name,
            "doc": self.doc,
            "parameters": self._parameters.descriptions(),
            "input": self._parameters.schema,
            **({"limit": self.limit} if self.limit is not None else {}),
        }


class Property:
    """A property: what can be read, or set, or both."""

    def __init__(
        self,
        name: str,
        kind: Kind,
        summary: str = "",
        get: Optional[Callable[[Any], Any]] = None,
        set: Optional[Callable[[Any, Any], Any]] = None,
    ):
        self.name = name
        self.kind = kind
        self.summary = summary
        self.get = get
        self.set = set
        self._named = kinds.fields_kind({"value": Field(kind, True)}, dict)
        self._input: Schema = self._named.schema

    def check(self, value: Any) -> Any:
        """The valid value, as one of its type. Raises ``InvalidInput``."""
        return self._named.value(checked(self._input, {"value": value}))["value"]

    def describe(self) -> Dict[str, Any]:
        """Its part of a driver's description."""
        return {
            "name": self.name,
            "summary": self.summary,
            "schema": {"$schema": _SCHEMA, **self.kind.schema},
            "writable": self.set is not None,
            "readable": self.get is not None,
        }


def public_members(cls: type, is_library: Callable[[type], bool]) -> Iterator[Tuple[str, Any]]:
    """The public attributes of a class in the order of their definition, its base classes first; without those of libraries."""
    found: Dict[str, Any] = {}
    for base in reversed(cls.__mro__):
        if base is object or is_library(base):
            continue
        for name, value in vars(base).items():
            found[name] = value
    for name, value in found.items():
        if name[:1].isalpha() and name.isascii() and len(name) <= 100:
            yield name, value


def methods_of(cls: type, is_library: Callable[[type], bool], hidden: Tuple[str, ...]) -> Dict[str, Method]:
    """The methods that can be called."""
    found: Dict[str, Method] = {}
    for name, value in public_members(cls, is_library):
        function = value.__func__ if isinstance(value, (staticmethod, classmethod)) else value
        declared = getattr(function, METHOD, None)
        if name in hidden or (declared is not None and declared.hidden) or not _is_function(function):
            continue
        # A static method has no object as its first parameter.
        found[name] = Method(name, _with_self(function) if isinstance(value, staticmethod) else function, declared)
    return found


def _is_function(value: Any) -> bool:
    if isinstance(value, type) or not callable(value):
        return False
    return inspect.isroutine(value) or hasattr(value, "__wrapped__") or type(value).__name__ == "partialmethod"


def _with_self(function: Any) -> Any:
    def static(self: Any, *args: Any, **kwargs: Any) -> Any:
        return function(*args, **kwargs)

    signature = inspect.signature(function)
    own = inspect.Parameter("self", inspect.Parameter.POSITIONAL_ONLY)
    static.__signature__ = signature.replace(parameters=[own, *signature.parameters.values()])  # type: ignore[attr-defined]
    static.__doc__, static.__annotations__ = function.__doc__, hints_of(function)
    return static


def properties_of(cls: type, is_library: Callable[[type], bool]) -> Dict[str, Property]:
    """The properties, with the type that the getter's result or the setter's argument has."""
    found: Dict[str, Property] = {}
    for name, value in public_members(cls, is_library):
        if type(value).__name__ == "cached_property":
            value = property(value.func)
        if isinstance(value, property):
            found[name] = _property(name, value)
    return found


def _property(name: str, its: property) -> Property:
    kind = _result_kind(its.fget) if its.fget else kinds.any_kind()
    if its.fset and not kind.schema:
        kind = _argument_kind(its.fset)
    docs = docs_of(its)
    if its.fget is None and its.fset is not None and not docs.summary:
        docs = docs_of(its.fset)
    getter = (lambda device: getattr(device, name)) if its.fget else None
    setter = (lambda device, value: setattr(device, name, value)) if its.fset else None
    return Property(name, kind, docs.summary, getter, setter)


def _result_kind(function: Any) -> Kind:
    hints = hints_of(function)
    return kind_of(hints["return"]) if "return" in hints else kinds.any_kind()


def _argument_kind(function: Any) -> Kind:
    parameters = list(inspect.signature(function).parameters)
    hints = hints_of(function)
    return kind_of(hints[parameters[1]]) if len(parameters) > 1 and parameters[1] in hints else kinds.any_kind()


def described(kind: Kind, **texts: Optional[str]) -> Kind:
    """The type with a unit or a description."""
    return marked(kind, Mark(dict(texts)))
