"""The decorators of a driver's file."""

from __future__ import annotations

import re
from typing import Any, Callable, Dict, List, Optional, Sequence, TypeVar, Union

T = TypeVar("T")

#: The attribute of a class that holds its :class:`Declaration`.
DECLARATION = "__labdaemon_driver__"

#: The attribute of a function that holds its :class:`MethodDeclaration`.
METHOD = "__labdaemon_method__"

#: The longest duration of a timer, in seconds.
MAX_SECONDS = (2**31 - 1) / 1000

_UNITS = {"ms": 0.001, "s": 1.0, "min": 60.0, "h": 3600.0}

#: What a driver asks for of one kind: all, or names, in which ``{host}`` stands for the param of that name.
Grant = Union[bool, Sequence[str]]


class Declaration:
    """The declaration of a class by ``@driver``."""

    def __init__(self, **settings: Any):
        self.name: Optional[str] = settings["name"]
        self.summary: Optional[str] = settings["summary"]
        self.python: Optional[str] = settings["python"]
        self.arrays: str = settings["arrays"]
        self.sample: Any = settings["sample"]
        self.blocking: Optional[float] = settings["blocking"]
        self.bus: Union[str, Callable[..., Optional[str]], None] = settings["bus"]
        self.permissions: Dict[str, Grant] = settings["permissions"]


class MethodDeclaration:
    """The declaration of a function by ``@method``."""

    def __init__(self, limit: Optional[float], hidden: bool):
        self.limit = limit
        self.hidden = hidden


def driver(
    cls: Any = None,
    *,
    name: Optional[str] = None,
    summary: Optional[str] = None,
    python: Optional[str] = None,
    arrays: str = "json",
    sample: Any = None,
    blocking: Union[float, str, None] = None,
    bus: Union[str, Callable[..., Optional[str]], None] = None,
    devices: Optional[Sequence[str]] = None,
    net: Optional[Grant] = None,
    read: Optional[Grant] = None,
    write: Optional[Grant] = None,
    env: Optional[Grant] = None,
    run: Optional[Grant] = None,
    sys: Optional[Grant] = None,
    ffi: Optional[Grant] = None,
) -> Any:
    """Declare a class as the driver of its file. All is optional; a file with one class needs no ``@driver``.

    Args:
        name: the device type; by default, the name of the class.
        summary: one line for people; by default, the first paragraph of the docstring.
        python: the interpreter: its path, or that of a virtual environment's folder.
        arrays: ``"json"``, or ``"base64"`` for arrays as ``{dtype, shape, base64}``: bit-exact, at a tenth of the cost.
        sample: the type of a sample, such as ``Annotated[float, Unit("V")]``, where no type hint says it.
        blocking: the seconds for which a call of the SDK may hold the interpreter's lock, also as ``"30s"``.
        bus: the name of what the device shares with others, such as ``"tcp:{host}:502"``, or a function of the params.
        devices: the serial ports that it opens, such as ``["/dev/ttyUSB0"]`` or ``["{port}"]``.
        net: the addresses that it connects to, such as ``["{host}:5025"]``, or ``True`` for all. Likewise ``read`` and
            ``write`` (paths), ``env`` (variables), ``run`` (programs), ``sys`` and ``ffi`` (libraries in C).

    Raises ``ValueError`` for a declaration that cannot work.
    """
    asked = {"net": net, "read": read, "write": write, "env": env, "run": run, "sys": sys, "ffi": ffi, "serial": devices}
    permissions = {kind: _grant(kind, it) for kind, it in asked.items() if it is not None and it is not False}
    if name is not None and not re.fullmatch(r"[A-Za-z]\w{0,99}", name, re.ASCII):
        raise ValueError(f'Cannot define driver "{name}": its name must start with a letter and hold letters, digits and _ only')
    if arrays not in ("json", "base64"):
        raise ValueError(f'Cannot define a driver: arrays must be "json" or "base64", not {arrays!r}')
    limit = None if blocking is None else seconds_of(blocking)
    if blocking is not None and limit is None:
        raise ValueError(f'Cannot define a driver: blocking is {blocking!r}; it must be seconds, or a text such as "30s"')

    def decorate(cls: Any) -> Any:
        if not isinstance(cls, type):
            raise TypeError(f"Cannot define a driver: @driver stands before a class, not before {cls!r}")
        declared = Declaration(
            name=name, summary=summary, python=python, arrays=arrays, sample=sample, blocking=limit, bus=bus,
            permissions=permissions,
        )
        setattr(cls, DECLARATION, declared)
        return cls

    return decorate if cls is None else decorate(cls)


def method(
    function: Any = None, *, limit: Union[float, str, None] = None, hidden: bool = False
) -> Any:
    """Declare more of a public method; without it, a public method can be called all the same.

    Args:
        limit: the time that a call may take: seconds, or a text such as ``"10min"``. Without it: the call limit of the
            device (30 s by default).
        hidden: true if it is not to be called from outside.

    Raises ``ValueError`` for a limit that is no time.
    """
    seconds = None if limit is None else seconds_of(limit)
    if limit is not None and seconds is None:
        raise ValueError(f'The limit of a method is {limit!r}; it must be seconds, or a text such as "10min"')

    def decorate(function: T) -> T:
        setattr(function, METHOD, MethodDeclaration(seconds, hidden))
        return function

    return decorate if function is None else decorate(function)


def seconds_of(duration: Union[float, str]) -> Optional[float]:
    """The seconds of ``30``, ``"10min"`` or ``"500ms"``; ``None`` if it is no duration longer than zero."""
    if isinstance(duration, str):
        match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*(ms|s|min|h)", duration.strip())
        if not match:
            return None
        duration = float(match[1]) * _UNITS[match[2]]
    return float(duration) if 0 < duration <= MAX_SECONDS else None


def _grant(kind: str, asked: Grant) -> Grant:
    if asked is True:
        return True
    if isinstance(asked, (str, bytes)) or not all(isinstance(it, str) for it in asked):  # type: ignore[union-attr]
        name = "devices" if kind == "serial" else kind
        raise ValueError(f'Cannot define a driver: {name} must be a list of texts, such as ["{{host}}:5025"], or True')
    return list(asked)  # type: ignore[arg-type]


def granted(permissions: Dict[str, Grant], params: Dict[str, Any]) -> Dict[str, Union[bool, List[str]]]:
    """The permissions of a device with these params.

    Raises ``KeyError`` for a param that there is not.
    """
    return {
        kind: True if it is True else [filled_in(text, params) for text in it]  # type: ignore[union-attr]
        for kind, it in permissions.items()
    }


def filled_in(text: str, params: Dict[str, Any]) -> str:
    """The text with each ``{name}`` replaced by the param of that name.

    Raises ``KeyError`` for a param that there is not.
    """
    return re.sub(r"\{(\w+)\}", lambda it: str(params[it[1]]), text)
