"""The common part of drivers from classes of libraries: their constructors open the instrument."""

from __future__ import annotations

from typing import Any, Callable, Dict, List, Optional, Tuple

from ..definition import Definition
from ..errors import DriverLoadError
from ..members import Method, Property
from ..schema import kinds
from ..schema.check import Schema
from ..schema.kinds import Field, Kind
from ..schema.signature import Parameters
from ..sources import Source
from .addresses import permissions_of

_SCHEMA = "https://json-schema.org/draft/2020-12/schema"


class LibraryDevice:
    """A device whose instrument exists while it is connected."""

    def __init__(self, open: Callable[[], Any], close: Callable[[Any], None], readers: Dict[str, Callable[[Any], Any]]):
        self._open = open
        self._close = close
        self._readers = readers
        self.instrument: Any = None

    def connect(self) -> None:
        """Makes the library's object, which opens the instrument."""
        self.instrument = self._open()

    def disconnect(self) -> None:
        """Closes the instrument."""
        instrument, self.instrument = self.instrument, None
        if instrument is not None:
            self._close(instrument)

    def read(self) -> Dict[str, Any]:
        """One value of each property in ``sample``."""
        return {name: read(self) for name, read in self._readers.items()}


class SafeDevice(LibraryDevice):
    """One whose library brings the instrument into a safe state."""

    def __init__(self, *args: Any, safe: Callable[[Any], None]):
        super().__init__(*args)
        self._safe = safe

    def safe(self) -> None:
        """Brings the instrument into its safe state."""
        if self.instrument is not None:
            self._safe(self.instrument)


class LibraryDefinition(Definition):
    """A driver from a class of a library. Its params are the constructor's, and ``sample``: the properties to stream."""

    def __init__(self, cls: Any, skip: Tuple[str, ...]):
        #: What can be read, with its schema and how to read it: properties, and arrays that are too large for one.
        self._readable: Dict[str, Tuple[Schema, Callable[[Any], Any]]] = {}
        self._skip = skip
        super().__init__(cls)
        self._kind = "read" if self._readable else None
        self._options = self._rate_option()
        self.sample = {
            "$schema": _SCHEMA, "type": "object",
            "properties": {name: schema for name, (schema, _) in self._readable.items()},
        } if self._readable else None
        self._waveform = None

    # What a library's instrument gives.

    def find_members(self) -> Tuple[List[Method], List[Property]]:
        """Its methods and properties."""
        raise NotImplementedError

    def more_readable(self) -> Dict[str, Tuple[Schema, Callable[[Any], Any]]]:
        """The values that can be read besides the properties."""
        return {}

    def open(self, device_id: str, values: Dict[str, Any]) -> Any:
        """Makes the library's object."""
        return self._params.call(self.cls, values)

    def close(self, instrument: Any) -> None:
        """Closes the instrument."""
        raise NotImplementedError

    def make_safe(self) -> Optional[Callable[[Any], None]]:
        """Brings the instrument into a safe state."""
        return None

    # What the host uses.

    def make(self, device_id: str, params: Dict[str, Any]) -> Any:
        values = self._params.values(params)
        names = values.pop("sample", [])
        readers = {name: self._readable[name][1] for name in names}
        open, close, safe = (lambda: self.open(device_id, dict(values))), self.close, self.make_safe()
        return SafeDevice(open, close, readers, safe=safe) if safe else LibraryDevice(open, close, readers)

    def source(self, device: Any) -> Optional[Source]:
        return Source("read", device, self._options) if device._readers else None

    def permissions(self, params: Dict[str, Any]) -> Dict[str, Any]:
        found = super().permissions(params)
        for kind, entries in permissions_of(params).items():
            own = found.get(kind, [])
            found[kind] = own if own is True else [*own, *(it for it in entries if it not in own)]
        return found

    def misspelt(self, device: Any) -> List[Tuple[str, str]]:
        return []

    def _read_params(self) -> Parameters:
        self._takes_id = False
        return Parameters(self.cls.__init__, skip=self._skip)

    def _read_members(self) -> None:
        methods, properties = self.find_members()
        self.methods = {it.name: it for it in methods}
        self.properties = {it.name: it for it in properties}
        self._readable = {it.name: (it.kind.schema, it.get) for it in properties if it.get is not None}
        self._readable.update(self.more_readable())
        if self._readable and "sample" in self._params.fields:
            raise DriverLoadError(f'the constructor of {self.cls.__name__} has an argument "sample", which is that of the stream')
        if self._readable:
            item = Kind({"type": "string", "enum": list(self._readable)})
            text = "The properties that each sample of the stream has"
            kind = Kind({"description": text, "type": "array", "items": item.schema})
            self._params.add("sample", Field(kind, False, []))

    def _rate_option(self) -> Parameters:
        if not self._readable:
            return Parameters(None)
        schema = {"unit": "Hz", "description": "Samples per second", "type": "number", "exclusiveMinimum": 0}
        return Parameters(None, more={"sample_rate": Field(Kind(schema, float), False, 1)})

    def _refuse(self) -> None:
        pass

    def _default_permissions(self) -> Optional[Dict[str, Any]]:
        # They depend on the address.
        return None


def number(**keywords: Any) -> Kind:
    """A number with limits."""
    return Kind({**keywords, "type": "number"})


#: With more choices, a form has no list: numbers then have limits, other values any type.
_MAX_CHOICES = 100


def any_of(values: List[Any]) -> Kind:
    """One of some constants; true and false are a boolean."""
    if len(values) > _MAX_CHOICES:
        are_numbers = all(isinstance(it, (int, float)) and not isinstance(it, bool) for it in values)
        return number(minimum=min(values), maximum=max(values)) if are_numbers else kinds.any_kind()
    if len(values) == 2 and all(isinstance(it, bool) for it in values):
        return Kind({"type": "boolean"})
    plain = [it.item() if hasattr(it, "item") else it for it in values]
    plain = [it if isinstance(it, (str, int, float)) else getattr(it, "value", it) for it in plain]
    if not plain or not all(isinstance(it, (str, int, float, type(None))) for it in plain):
        return kinds.any_kind()
    by_json = dict(zip(plain, values))
    return kinds.choices(list(by_json), by_json.get)
