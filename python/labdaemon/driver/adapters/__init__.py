"""Drivers from classes of other libraries, with no file: ``pymeasure:package.module.Class``, ``qcodes:…``, ``python:…``."""

from __future__ import annotations

import importlib
import json
from typing import Any, Dict
from urllib.parse import unquote

from ..definition import Definition
from ..errors import DriverLoadError

_KINDS = ("pymeasure", "qcodes", "python")


def definition_of(spec: str) -> Definition:
    """The driver of a class.

    Args:
        spec: the kind of library, a colon, and the class with its package. Behind ``?`` may stand JSON, as in a URL, with
            the ``name`` of the driver and the ``params`` of the device: what an instrument of QCoDeS has can depend on them.

    Raises ``DriverLoadError`` if there is no such class. An import that fails raises its own error.
    """
    path, _, text = spec.partition("?")
    settings: Dict[str, Any] = json.loads(unquote(text)) if text else {}
    definition = _definition(path, settings.get("params", {}))
    definition.name = settings.get("name", definition.name)
    return definition


def _definition(name: str, params: Dict[str, Any]) -> Definition:
    kind, colon, path = name.partition(":")
    if kind not in _KINDS or not colon:
        raise DriverLoadError(f'"{name}" is no class of a library; write one of {", ".join(f"{it}:package.module.Class" for it in _KINDS)}')
    return of_class(kind, _class(path), params)


def of_class(kind: str, cls: Any, params: Dict[str, Any]) -> Definition:
    """The driver of a class of a library."""
    found = kind_of(cls)
    if kind != "python" and found != kind:
        raise DriverLoadError(f"{cls.__name__} is no instrument of {_NAMES[kind]}")
    if found == "pymeasure":
        from .of_pymeasure import PyMeasureDefinition

        return PyMeasureDefinition(cls)
    if found == "qcodes":
        from .of_qcodes import QCoDeSDefinition

        return QCoDeSDefinition(cls, params)
    return Definition(cls)


_NAMES = {"pymeasure": "PyMeasure", "qcodes": "QCoDeS"}


def kind_of(cls: Any) -> str:
    """The library whose instrument a class is; ``python``, if it is another class."""
    bases = {(it.__module__.partition(".")[0], it.__name__) for it in cls.__mro__}
    if ("pymeasure", "CommonBase") in bases:
        return "pymeasure"
    return "qcodes" if ("qcodes", "InstrumentBase") in bases else "python"


def _class(path: str) -> Any:
    module_name, dot, name = path.rpartition(".")
    if not dot or not all(it.isidentifier() for it in path.split(".")):
        raise DriverLoadError(f'"{path}" is no class; write package.module.Class')
    cls = getattr(importlib.import_module(module_name), name, None)
    if not isinstance(cls, type):
        raise DriverLoadError(f"the module {module_name} has no class {name}")
    return cls
