"""A driver, as its class defines it."""

from __future__ import annotations

import re
import sys
from typing import Any, Dict, List, Optional, Tuple

from . import members
from .declare import DECLARATION, Declaration, driver, filled_in, granted
from .schema.docstrings import docs_of
from .errors import DriverLoadError
from .schema.signature import Parameters
from .sources import RESERVED, Source, options_of, sample_of, stream_kind, waveform_form
from .timed import Block


class Definition:
    """A driver: its schemas, and the functions that make and use its devices."""

    def __init__(self, cls: Any, declared: Optional[Declaration] = None):
        self.cls = cls
        its = declared or _declaration(cls) or _NOTHING
        self.declared = its
        self.name: str = its.name or cls.__name__
        self.arrays: str = its.arrays
        self.blocking: Optional[float] = its.blocking
        self.python: Optional[str] = its.python
        self._params = self._read_params()
        self._kind = stream_kind(cls)
        self._options = options_of(cls, self._kind)
        self.sample = sample_of(cls, self._kind, its.sample)
        self._waveform = waveform_form(self.sample)
        self.methods: Dict[str, members.Method] = {}
        self.properties: Dict[str, members.Property] = {}
        self._read_members()
        self._refuse()

    def describe(self) -> Dict[str, Any]:
        """The description of ``docs/driver-protocol.md``."""
        return {
            "name": self.name,
            "summary": self.declared.summary or docs_of(self.cls).summary,
            "params": self._params.schema,
            "options": self._options.schema,
            "sample": self.sample,
            "methods": [it.describe() for it in self.methods.values()],
            "properties": [it.describe() for it in self.properties.values()],
            "permissions": self._default_permissions(),
            **({"blocking": self.blocking} if self.blocking is not None else {}),
        }

    def check_params(self, value: Any) -> Dict[str, Any]:
        """Valid params with defaults, as JSON. Raises ``InvalidInput``."""
        params = self._params.check(value)
        # What a type itself refuses is refused here, not when the device is made.
        self._params.values(params)
        return params

    def check_options(self, value: Any) -> Dict[str, Any]:
        """Valid options with defaults, as JSON. Raises ``InvalidInput``."""
        options = self._options.check(value)
        self._options.values(options)
        return options

    def permissions(self, params: Dict[str, Any]) -> Dict[str, Any]:
        """The permissions of a device with these params."""
        return granted(self.declared.permissions, params)

    def bus(self, params: Dict[str, Any]) -> Optional[str]:
        """The name of what a device shares with others."""
        bus = self.declared.bus
        if callable(bus):
            return bus(**self._params.values(params))
        return None if bus is None else filled_in(bus, params)

    def make(self, device_id: str, params: Dict[str, Any]) -> Any:
        """Calls the constructor."""
        values = self._params.values(params)
        if self._takes_id:
            values["device_id"] = device_id
        return self._params.call(self.cls, values)

    def source(self, device: Any) -> Optional[Source]:
        """The kind of the device's stream; ``None`` if it has none."""
        return Source(self._kind, device, self._options) if self._kind else None

    def is_safe(self, device: Any) -> bool:
        """True if a device has a safe state."""
        return callable(getattr(device, "safe", None))

    def is_waveform(self, block: Block) -> bool:
        """True if a block is one sample."""
        return self._waveform == block.form if block.waveform is None else block.waveform

    def misspelt(self, device: Any) -> List[Tuple[str, str]]:
        """The functions whose names differ a little from one that the host calls, with the right names."""
        from .misspelt import misspelt

        return misspelt(device)

    def _read_params(self) -> Parameters:
        from .schema.free_keywords import free_keywords

        init = self.cls.__init__
        params = Parameters(init, skip=("device_id",), more=free_keywords(init))
        self._takes_id = _takes(init, "device_id")
        documented = docs_of(self.cls).parameters
        if documented:
            params.describe({name: text for name, (_, text) in documented.items()})
        return params

    def _read_members(self) -> None:
        def is_library(base: type) -> bool:
            return _is_library(base, self.cls)

        used = {"iterate": ("stream",), "push": ("start_streaming", "stop_streaming", "is_streaming"), "read": ("read",)}
        hidden = (*(it for it in members.CONTRACT if it != "read"), *used.get(self._kind or "", ()))
        self.methods = members.methods_of(self.cls, is_library, hidden)
        self.properties = members.properties_of(self.cls, is_library)

    def _refuse(self) -> None:
        """Raises ``DriverLoadError`` for what cannot work."""
        if not re.fullmatch(r"[A-Za-z]\w{0,99}", self.name, re.ASCII):
            raise DriverLoadError(f'the name of its class, "{self.name}", must hold letters, digits and _ only')
        for name in self._options.fields:
            if name in RESERVED:
                keys = ", ".join(RESERVED)
                raise DriverLoadError(f'its option "{name}" has a name that the query of a stream reserves: {keys}')
        if self._kind == "push" and not callable(getattr(self.cls, "stop_streaming", None)):
            raise DriverLoadError(
                "it has start_streaming, but no stop_streaming; a device that pushes its samples needs "
                "start_streaming, stop_streaming and is_streaming"
            )

    def _default_permissions(self) -> Optional[Dict[str, Any]]:
        try:
            params = {name: it["default"] for name, it in self._params.schema["properties"].items() if "default" in it}
            return self.permissions(params)
        except KeyError:
            return None


_NOTHING = vars(driver(type("Nothing", (), {})))[DECLARATION]


def _declaration(cls: Any) -> Optional[Declaration]:
    return vars(cls).get(DECLARATION)


def _takes(function: Any, name: str) -> bool:
    import inspect

    if function is object.__init__:
        return False
    parameters = inspect.signature(function).parameters
    return name in parameters


def _is_library(base: type, cls: type) -> bool:
    package = base.__module__.partition(".")[0]
    if package == cls.__module__.partition(".")[0]:
        return False
    names = getattr(sys, "stdlib_module_names", None)
    if names is not None and package in names:
        return True
    file = getattr(sys.modules.get(base.__module__), "__file__", None) or ""
    return "site-packages" in file or "dist-packages" in file or file.startswith(f"{sys.base_prefix}/lib/python")


def find_driver(module: Any, file: str) -> Definition:
    """The driver of an imported module: the class with ``@driver``, or else its only public class.

    Raises ``DriverLoadError`` if there is none, or are several.
    """
    from .find import driver_class

    cls = driver_class(module)
    if callable(getattr(cls, "run", None)):
        from ..task.definition import TaskDefinition, is_task

        if is_task(cls):
            return TaskDefinition(cls)
    packages = {it.__module__.partition(".")[0] for it in cls.__mro__}
    if packages & {"pymeasure", "qcodes"} and not callable(getattr(cls, "connect", None)):
        from .adapters import of_class

        return of_class("python", cls, {})
    return Definition(cls)


def adapter_driver(spec: str) -> Definition:
    """The driver of a class in a package: ``pymeasure:package.module.Class``, ``qcodes:…`` or ``python:…``.

    Raises ``DriverLoadError`` if there is no such class. An import that fails raises its own error.
    """
    from .adapters import definition_of

    return definition_of(spec)
