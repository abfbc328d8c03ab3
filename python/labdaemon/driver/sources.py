"""The kinds of streams of a device."""

from __future__ import annotations

import typing
from typing import Any, Dict, Optional, Tuple

from .schema import kinds
from .schema.hints import kind_of
from .schema.kinds import Field, Kind
from .schema.resolve import hints_of
from .schema.signature import Parameters

#: Keys of a stream's query that no option may have, as ``lib/wire/stream_query.ts`` has them.
RESERVED = ("since", "past", "max_rate", "thin", "waits", "no_samples", "joins", "devices", "ticket")


class Source:
    """The samples of a device: ``kind`` is ``"iterate"``, ``"push"`` or ``"read"``."""

    def __init__(self, kind: str, device: Any, options: Parameters):
        self.kind = kind
        self._device = device
        self._options = options

    def open(self, options: Dict[str, Any]) -> Any:
        """``iterate``: an iterator, an async iterator, or a coroutine of one of them."""
        return self._options.call(self._device.stream, self._options.values(options))

    def start(self, callback: Any, options: Dict[str, Any]) -> Any:
        """``push``: starts; the result may be a coroutine."""
        values = self._options.values(options)
        start = self._device.start_streaming
        if "callback" in _parameters(start):
            return self._options.call(lambda *args, **named: start(*args, callback=callback, **named), values)
        return self._options.call(lambda *args, **named: start(callback, *args, **named), values)

    def stop(self, timeout: float) -> Any:
        """``push``: stops within so many seconds; the result may be a coroutine."""
        stop = self._device.stop_streaming
        parameters = _parameters(stop)
        if "timeout" in parameters:
            return stop(timeout=timeout)
        return stop(timeout) if any(it.kind is not it.KEYWORD_ONLY for it in parameters.values()) else stop()

    def is_streaming(self) -> Any:
        """``push``: true while it streams; ``None`` if the device does not say. May be a coroutine."""
        function = getattr(self._device, "is_streaming", None)
        return function() if callable(function) else bool(function) if function is not None else None

    def read(self) -> Any:
        """``read``: one sample, or a coroutine of one."""
        return self._device.read()


def _parameters(function: Any) -> Dict[str, Any]:
    """The parameters that a caller can give; none, for a function in C that does not say."""
    import inspect

    try:
        found = inspect.signature(function).parameters
    except (TypeError, ValueError):
        return {}
    # One before a slash has no name for callers.
    return {
        name if it.kind is not it.POSITIONAL_ONLY else f"/{name}": it
        for name, it in found.items() if it.kind is not it.VAR_KEYWORD
    }


def stream_kind(cls: type) -> Optional[str]:
    """The kind of stream of a class's devices: ``stream``, or else the pushed samples, or else ``read``."""
    if callable(getattr(cls, "stream", None)):
        return "iterate"
    if callable(getattr(cls, "start_streaming", None)):
        return "push"
    read = getattr(cls, "read", None)
    # A read that needs an argument is a method.
    return "read" if callable(read) and not any(it.required for it in Parameters(read).fields.values()) else None


def options_of(cls: Any, kind: Optional[str]) -> Parameters:
    """The options of a run: what the function that streams takes."""
    options = _declared_options(cls, kind)
    rate = options.fields.get("sample_rate")
    if rate is not None and rate.kind.schema.get("type") in ("number", "integer"):
        its = rate.kind.schema
        limited = {} if "minimum" in its or "exclusiveMinimum" in its else {"exclusiveMinimum": 0}
        options.replace("sample_rate", Kind({"unit": "Hz", **its, **limited}, rate.kind.load))
    return options


def _declared_options(cls: Any, kind: Optional[str]) -> Parameters:
    if kind == "iterate":
        return Parameters(cls.stream)
    if kind == "push":
        names = list(_parameters(cls.start_streaming))
        # The callback is the argument of this name, or else the first.
        return Parameters(cls.start_streaming, skip=["callback"] if "callback" in names else [it.lstrip("/") for it in names[1:2]])
    if kind == "read":
        rate = Kind({"description": "Samples per second", "type": "number"}, float)
        return Parameters(None, more={"sample_rate": Field(rate, False, 1)})
    return Parameters(None)


def sample_of(cls: Any, kind: Optional[str], declared: Any) -> Optional[Dict[str, Any]]:
    """The schema of a sample, by the declaration or a type hint; ``None`` if there is no stream."""
    if kind is None:
        return None
    its = declared if declared is not None else _hinted(cls, kind)
    schema = its if isinstance(its, dict) else (kinds.any_kind() if its is None else kind_of(its)).schema
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def _hinted(cls: Any, kind: str) -> Any:
    if kind == "read":
        return _without_marks(hints_of(cls.read).get("return"))
    if kind == "iterate":
        args = typing.get_args(hints_of(cls.stream).get("return"))
        return _without_marks(args[0]) if args else None
    hints = hints_of(cls.start_streaming)
    callback = next((it for name, it in hints.items() if name != "return"), None)
    args = typing.get_args(callback)
    is_known = len(args) == 2 and isinstance(args[0], list) and len(args[0]) == 1
    return _without_marks(args[0][0]) if is_known else None


def _without_marks(hint: Any) -> Any:
    """The type of a sample, without ``Lost``, ``Stamped`` and ``Block`` beside it."""
    from .timed import Block, Lost, Stamped

    if hint in (Block, Lost, Stamped):
        return None
    args: Tuple[Any, ...] = typing.get_args(hint)
    left = tuple(it for it in args if it not in (Block, Lost, Stamped))
    if typing.get_origin(hint) is None or len(left) == len(args) or not left:
        return hint
    return typing.Union[left]


def waveform_form(schema: Optional[Dict[str, Any]]) -> Optional[str]:
    """The form of the blocks that are one sample each: as ``lib/stream/timed/waveform_form.ts`` decides it."""
    plain = _plain(schema)
    if _is_array(plain):
        return "list" if _is_array(_plain(plain.get("items"))) else "channel"
    channels = list(plain.get("properties", {}).values())
    return "object" if channels and all(_is_array(_plain(it)) for it in channels) else None


def _plain(schema: Any) -> Dict[str, Any]:
    if not isinstance(schema, dict):
        return {}
    alternatives = schema.get("anyOf", schema.get("oneOf"))
    return next((it for it in alternatives if it.get("type") != "null"), {}) if alternatives else schema


def _is_array(schema: Dict[str, Any]) -> bool:
    return schema.get("type") == "array" and "items" in schema and "prefixItems" not in schema
