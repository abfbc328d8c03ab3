"""Instruments of PyMeasure: what ``Instrument.control``, ``measurement`` and ``setting`` say, and their channels."""

from __future__ import annotations

import functools
import inspect
import re
from typing import Any, Callable, Dict, Iterator, List, Mapping, Optional, Tuple

from ..members import Method, Property, methods_of
from ..schema import kinds
from ..schema.docstrings import docs_of
from ..schema.hints import kind_of
from ..schema.kinds import Kind
from ..schema.marked import marked
from ..schema.resolve import hints_of
from ..marks import Mark
from .library import LibraryDefinition, any_of, number
from .units import unit_in

#: Attributes on the way from the device to the object that has a property.
Path = Tuple[str, ...]

_RANGES = ("strict_range", "truncated_range", "strict_discrete_range", "modular_range")
_NUMBERS = re.compile(r"\b(float|int|integer|number|floating)\b")

#: The classes of the library itself.
_BASES = ("CommonBase", "Instrument", "Channel", "SCPIUnknownMixin")

#: Properties of SCPIMixin that change the instrument when they are read, or that few instruments have.
_SKIPPED = ("complete", "options", "next_error")

#: Words in a docstring that mean an array, which is too large for a panel.
_ARRAYS = re.compile(r"\b(arrays?|waveform|buffer|image|dataframe|traces?|lists?)\b", re.IGNORECASE)


class PyMeasureDefinition(LibraryDefinition):
    """A driver from an instrument of PyMeasure."""

    def __init__(self, cls: Any):
        self._arrays: Dict[str, Tuple[Any, Any]] = {}
        super().__init__(cls, skip=())

    def more_readable(self) -> Dict[str, Tuple[Any, Any]]:
        return self._arrays

    def find_members(self) -> Tuple[List[Method], List[Property]]:
        methods: List[Method] = []
        properties: List[Property] = []
        for path, cls in _objects(self.cls):
            prefix = "".join(f"{it}_" for it in path)
            for name, its in _properties(cls):
                found = _property(cls, f"{prefix}{name}", name, its, path)
                if found is not None and found.set is None and not found.kind.schema and _ARRAYS.search(found.summary):
                    self._arrays[found.name] = ({"type": "array", "items": {}}, found.get)
                elif found is not None:
                    properties.append(found)
            for name, method in methods_of(cls, _is_library, _names_of_bases(cls)).items():
                if not _is_deprecated(getattr(cls, name)):
                    method.name, method.target = f"{prefix}{name}", _attribute(path, name)
                    methods.append(method)
        return methods, properties

    def close(self, instrument: Any) -> None:
        adapter = getattr(instrument, "adapter", None)
        close = getattr(adapter, "close", None)
        if close is not None:
            close()

    def make_safe(self) -> Optional[Callable[[Any], None]]:
        # The shutdown() of the base class does nothing to the instrument.
        return (lambda it: it.shutdown()) if "shutdown" in _own_names(self.cls) else None

    def _read_params(self) -> Any:
        params = super()._read_params()
        if "adapter" in params.fields:
            text = "The address of VISA, such as GPIB0::24::INSTR or TCPIP::192.168.1.20::5025::SOCKET"
            params.replace("adapter", Kind({"description": text, "type": "string"}))
        return params


def _is_library(base: type) -> bool:
    package = base.__module__.partition(".")[0]
    if package == "pymeasure":
        return base.__name__ in _BASES
    return package in ("builtins", "abc", "typing")


def _own_names(cls: Any) -> Iterator[str]:
    return (name for base in cls.__mro__ if not _is_library(base) for name in vars(base))


def _names_of_bases(cls: Any) -> Tuple[str, ...]:
    """The members of the library's own classes: raw commands, and those that make properties."""
    names = [name for base in cls.__mro__ if base.__name__ in _BASES for name in vars(base)]
    return tuple(it for it in names if it not in ("clear", "reset"))


def _objects(cls: Any, path: Path = ()) -> Iterator[Tuple[Path, Any]]:
    """The classes of an instrument and of its channels, with the attributes that lead there."""
    yield path, cls
    if len(path) > 3:
        return
    for name, creator in inspect.getmembers(cls, lambda it: hasattr(it, "pairs") and hasattr(it, "kwargs")):
        prefix = creator.kwargs.get("prefix") if type(creator).__name__ == "MultiChannelCreator" else None
        for child, id in creator.pairs:
            attribute = f"{prefix}{id}" if prefix else name
            if attribute.isidentifier() and attribute.isascii():
                yield from _objects(child, (*path, attribute))


def _properties(cls: Any) -> Iterator[Tuple[str, property]]:
    seen: Dict[str, Any] = {}
    for base in reversed(cls.__mro__):
        if not _is_library(base):
            seen.update(vars(base))
    for name, its in seen.items():
        if isinstance(its, property) and name not in _SKIPPED and name[:1].isalpha() and name.isascii():
            yield name, its


def _property(cls: Any, name: str, attribute: str, its: property, path: Path) -> Optional[Property]:
    if _is_deprecated(its):
        return None
    get_command = _setting(cls, attribute, its.fget, "get_command", "")
    set_command = _setting(cls, attribute, its.fset, "set_command", "")
    owner = _attribute(path)
    get = (lambda it: getattr(owner(it), attribute)) if its.fget and get_command is not None else None
    set = (lambda it, value: setattr(owner(it), attribute, value)) if its.fset and set_command is not None else None
    if get is None and set is None:
        return None
    text = inspect.getdoc(its) or ""
    return Property(name, _kind(cls, attribute, its, text, set is not None), docs_of(its).summary, get, set)


def _kind(cls: Any, attribute: str, its: property, text: str, is_settable: bool) -> Kind:
    """The type of a property, by its validator and its values, or by its docstring."""
    values = _setting(cls, attribute, its.fset or its.fget, "values", ())
    validator = getattr(_setting(cls, attribute, its.fset, "validator", None), "__name__", "")
    is_map = _setting(cls, attribute, its.fset or its.fget, "map_values", False)
    unit = unit_in(text)
    if is_map or validator == "strict_discrete_set":
        kind = any_of(list(values))
    elif validator in _RANGES and _are_numbers(values):
        kind = number(**({"minimum": min(values)} if validator != "modular_range" else {}), maximum=max(values))
    elif validator == "truncated_discrete_set" and _are_numbers(values):
        kind = number(maximum=max(values))
    elif "return" in (hints := hints_of(its.fget) if its.fget is not None else {}) and "self" not in hints:
        kind = kind_of(hints["return"])
    elif unit or _NUMBERS.search(text):
        kind = number()
    else:
        kind = kinds.any_kind()
    is_number = kind.schema.get("type") == "number" or not kind.schema
    return marked(kind, Mark({"unit": unit})) if unit and is_number else kind


def _are_numbers(values: Any) -> bool:
    if isinstance(values, range):
        return len(values) > 0
    return isinstance(values, (list, tuple)) and len(values) > 0 and all(
        isinstance(it, (int, float)) and not isinstance(it, bool) and abs(it) != float("inf") for it in values
    )


def _setting(cls: Any, attribute: str, function: Any, name: str, default: Any) -> Any:
    """An argument of ``Instrument.control``. A class can override that of a dynamic property."""
    own = getattr(cls, f"{attribute}_{name}", None)
    if own is not None and name in ("values", "validator", "map_values", "get_command", "set_command"):
        return own
    if function is None:
        return default
    parameter = _parameters(function).get(name)
    return default if parameter is None else parameter.default


@functools.lru_cache(maxsize=2)
def _parameters(function: Any) -> Mapping[str, inspect.Parameter]:
    """The parameters of a getter or setter. Several settings of one property are read in a row."""
    try:
        return inspect.signature(function).parameters
    except (TypeError, ValueError):
        return {}


def _is_deprecated(its: Any) -> bool:
    return ".. deprecated::" in (getattr(its, "__doc__", None) or "")


def _attribute(path: Path, *more: str) -> Callable[[Any], Any]:
    def find(device: Any) -> Any:
        it = device.instrument
        for name in (*path, *more):
            it = getattr(it, name)
        return it

    return find
