"""The keywords that a constructor reads from its ``**kwargs``, so that forms can show them."""

from __future__ import annotations

import ast
import inspect
import textwrap
from typing import Any, Dict, Optional

from . import kinds
from .kinds import Field

_NO: Any = object()


def free_keywords(function: Any) -> Dict[str, Field]:
    """The names in ``kwargs.get("port", 5025)``, ``kwargs.pop(…)`` and ``kwargs["port"]``, with their defaults.

    A guess: where the source cannot be read, it finds nothing, and any keyword is accepted in any case.
    """
    try:
        parameters = inspect.signature(function).parameters.values()
        rest = next((it.name for it in parameters if it.kind is it.VAR_KEYWORD), None)
        if rest is None or not inspect.isfunction(function):
            return {}
        tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    except (OSError, TypeError, ValueError, SyntaxError):
        return {}
    found: Dict[str, Field] = {}
    for node in ast.walk(tree):
        name, default = _read_of(node, rest)
        if name is not None and name not in found and name != "device_id":
            found[name] = _field(default)
    return found


def _read_of(node: ast.AST, rest: str) -> Any:
    """The name that an expression reads from the keywords, and its default."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ("get", "pop"):
        key = node.args[0] if node.args and _is_named(node.func.value, rest) else None
        return _constant(key), node.args[1] if len(node.args) > 1 else None
    if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load) and _is_named(node.value, rest):
        return _constant(node.slice), _NO
    return None, None


def _is_named(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name


def _constant(node: Optional[ast.AST]) -> Optional[str]:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def _field(default: Any) -> Field:
    from .signature import like

    if default is _NO or default is None:
        return kinds.optional(kinds.any_kind())
    try:
        value = ast.literal_eval(default)
    except ValueError:
        return kinds.optional(kinds.any_kind())
    return Field(like(value), False, value)
