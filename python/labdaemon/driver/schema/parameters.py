"""The parameters of functions, as ``inspect.signature`` gives them.

To import ``inspect`` takes a tenth of the time in which a driver's process starts, so that functions written in Python are
read here. Others are left to it.
"""

from __future__ import annotations

from types import FunctionType, MethodType
from typing import Any, List

#: The kinds, as ``inspect`` numbers them.
POSITIONAL_ONLY, POSITIONAL_OR_KEYWORD, VAR_POSITIONAL, KEYWORD_ONLY, VAR_KEYWORD = range(5)

#: Stands for the default of a parameter that has none.
REQUIRED: Any = object()

#: Attributes by which a function says that it has the parameters of another one.
_OTHER = ("__wrapped__", "__signature__", "__text_signature__", "__partialmethod__", "_partialmethod")

#: Flags of a function's code: it takes ``*args``, ``**kwargs``.
_HAS_REST, _HAS_KEYWORDS = 4, 8


class Parameter:
    """A parameter: its name, its kind, and its default, or ``REQUIRED``."""

    __slots__ = ("name", "kind", "default")

    def __init__(self, name: str, kind: int, default: Any = REQUIRED):
        self.name = name
        self.kind = kind
        self.default = default


def parameters_of(function: Any) -> List[Parameter]:
    """The parameters that a caller gives. Raises ``TypeError`` or ``ValueError`` for a function in C that does not say."""
    if _is_plain(function):
        return _read(function)
    if type(function) is MethodType and _is_plain(function.__func__):
        found = _read(function.__func__)
        if found and found[0].kind <= POSITIONAL_OR_KEYWORD:
            return found[1:]
        if found and found[0].kind == VAR_POSITIONAL:
            return found
    import inspect

    return [
        Parameter(it.name, int(it.kind), REQUIRED if it.default is it.empty else it.default)
        for it in inspect.signature(function).parameters.values()
    ]


def takes_one(function: Any) -> bool:
    """True if it can be called with one argument by position. Raises as ``parameters_of`` does."""
    found = parameters_of(function)
    first = next((it for it in found if it.kind <= VAR_POSITIONAL), None)
    others = [it for it in found if it is not first and it.kind not in (VAR_POSITIONAL, VAR_KEYWORD)]
    return first is not None and all(it.default is not REQUIRED for it in others)


def _is_plain(function: Any) -> bool:
    return type(function) is FunctionType and not any(name in function.__dict__ for name in _OTHER)


def _read(function: Any) -> List[Parameter]:
    code = function.__code__
    count, only = code.co_argcount, code.co_kwonlyargcount
    names = code.co_varnames
    defaults = function.__defaults__ or ()
    without = count - len(defaults)
    found = [
        Parameter(
            names[i],
            POSITIONAL_ONLY if i < code.co_posonlyargcount else POSITIONAL_OR_KEYWORD,
            defaults[i - without] if i >= without else REQUIRED,
        )
        for i in range(count)
    ]
    end = count + only
    if code.co_flags & _HAS_REST:
        found.append(Parameter(names[end], VAR_POSITIONAL))
        end += 1
    keywords = function.__kwdefaults__ or {}
    found += [Parameter(name, KEYWORD_ONLY, keywords.get(name, REQUIRED)) for name in names[count : count + only]]
    if code.co_flags & _HAS_KEYWORDS:
        found.append(Parameter(names[end], VAR_KEYWORD))
    return found
