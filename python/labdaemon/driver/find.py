"""Finds the driver's class in a module."""

from __future__ import annotations

import sys
from typing import Any, List

from .declare import DECLARATION
from .errors import DriverLoadError
from .members import CONTRACT


def driver_class(module: Any) -> Any:
    """The class with ``@driver``, or else the only public class that can be a device.

    Raises ``DriverLoadError`` if there is none, or are several.
    """
    classes = [it for it in vars(module).values() if isinstance(it, type)]
    own = [it for it in dict.fromkeys(classes) if it.__module__ == module.__name__]
    declared = [it for it in own if DECLARATION in vars(it)]
    if not declared:
        # Of an imported class, @driver(...)(Class) makes a driver, too.
        declared = [it for it in dict.fromkeys(classes) if DECLARATION in vars(it) and it not in own]
    if len(declared) == 1:
        return declared[0]
    if declared:
        raise DriverLoadError(f"it has {_named(declared)} with @driver; a file has one driver")
    public = _leaves([it for it in own if not it.__name__.startswith("_") and not _is_data(it)])
    devices = [it for it in public if any(callable(getattr(it, name, None)) for name in CONTRACT)]
    found = devices or public
    if len(found) == 1:
        return found[0]
    if found:
        raise DriverLoadError(f"it has {_named(found)} that could be its driver; write @driver before one of them")
    raise DriverLoadError("it has no public class; write a class with the functions of an instrument")


def _leaves(classes: List[Any]) -> List[Any]:
    """The classes that are no bases of others."""
    return [it for it in classes if not any(other is not it and issubclass(other, it) for other in classes)]


def _is_data(cls: Any) -> bool:
    """True for exceptions, enums, dicts, tuples, protocols and models: no instruments."""
    enum = sys.modules.get("enum")
    kinds = (BaseException, dict, tuple, *((enum.Enum,) if enum else ()))
    if issubclass(cls, kinds) or getattr(cls, "_is_protocol", False) or hasattr(cls, "model_validate"):
        return True
    is_device = any(callable(getattr(cls, name, None)) for name in CONTRACT)
    return hasattr(cls, "__dataclass_fields__") and not is_device


def _named(classes: List[Any]) -> str:
    return f"{len(classes)} classes ({', '.join(it.__name__ for it in classes)})"
