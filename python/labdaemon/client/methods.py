"""Methods of a device as Python functions, with the signature and the docstring of the daemon."""

from __future__ import annotations

import inspect
from keyword import iskeyword
from typing import Any, Callable, Dict, List, Optional

from ..server.api import ServerAPI
from .calls import Call, Invocation

_TYPES: Dict[str, Any] = {
    "number": float,
    "integer": int,
    "string": str,
    "boolean": bool,
    "array": list,
    "object": dict,
    "null": None,
}


def make_method(api: ServerAPI, device_id: str, description: Dict[str, Any]) -> Callable[..., Any]:
    """A function that calls the method and returns its result. ``function.start(…)`` returns a :class:`Call` at once."""
    name: str = description["name"]

    def method(*args: Any, **kwargs: Any) -> Any:
        return Invocation(api, device_id, name, args, kwargs).run_until_interrupt()

    def start(*args: Any, **kwargs: Any) -> Call:
        return start_call(api, device_id, name, args, kwargs)

    dress(method, device_id, description)
    dress(start, device_id, description)
    start.__doc__ = f"Start {name} and do not wait for it: returns a Call, whose result() waits.\n\n{method.__doc__}"
    method.start = start  # type: ignore[attr-defined]
    return method


def start_call(api: ServerAPI, device_id: str, name: str, args: Any, kwargs: Dict[str, Any]) -> Call:
    """Start a call."""
    from .arrays import to_wire

    return Call(api, api.start_call(device_id, name, to_wire(list(args)), to_wire(kwargs)))


def dress(function: Any, device_id: str, description: Dict[str, Any]) -> None:
    """Give a function the name, the signature and the docstring of a method."""
    function.__name__ = description["name"]
    function.__qualname__ = f"{device_id}.{description['name']}"
    function.__module__ = "labdaemon"
    function.__signature__ = signature_of(description)
    function.__doc__ = doc_of(description)


def signature_of(description: Dict[str, Any]) -> inspect.Signature:
    """The signature of a method. Names that are no names in Python are in ``**kwargs``."""
    parameters: List[inspect.Parameter] = []
    kind: Any = inspect.Parameter.POSITIONAL_OR_KEYWORD
    rest = not description.get("parameters") and not _is_closed(description.get("input"))
    for each in description.get("parameters") or ():
        required = bool(each.get("required"))
        default = inspect.Parameter.empty if required else each.get("default")
        if required and any(known.default is not inspect.Parameter.empty for known in parameters):
            kind = inspect.Parameter.KEYWORD_ONLY
        annotation = _annotation(each.get("type"))
        if each["name"].isidentifier() and not iskeyword(each["name"]):
            parameters.append(inspect.Parameter(each["name"], kind, default=default, annotation=annotation))
        else:
            rest = True
    if rest:
        parameters.append(inspect.Parameter("kwargs", inspect.Parameter.VAR_KEYWORD))
    return inspect.Signature(parameters)


def doc_of(description: Dict[str, Any]) -> str:
    """The docstring of a method."""
    lines = [description.get("doc") or "No documentation."]
    parameters = description.get("parameters") or ()
    if parameters:
        lines += ["", "Parameters", "----------"]
    for each in parameters:
        unit = f" in {each['unit']}" if each.get("unit") else ""
        optional = "" if each.get("required") else f", default {each.get('default')!r}"
        lines.append(f"{each['name']} : {each.get('type') or 'any'}{unit}{optional}")
        if each.get("description"):
            lines.append(f"    {each['description']}")
    limit: Optional[float] = description.get("limit")
    if limit:
        lines += ["", f"A call may take {limit:g} s."]
    return "\n".join(lines)


def _annotation(kind: Optional[str]) -> Any:
    return _TYPES.get(kind or "", inspect.Parameter.empty)


def _is_closed(schema: Optional[Dict[str, Any]]) -> bool:
    return bool(schema) and schema.get("additionalProperties") is False  # type: ignore[union-attr]
