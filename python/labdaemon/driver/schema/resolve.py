"""Resolves annotations that are texts, one by one: a name that is only known to a type checker costs only itself."""

from __future__ import annotations

import ast
import sys
import typing
from typing import Any, Dict


#: Names that files import for a type checker only.
_COMMON = {name: getattr(typing, name) for name in typing.__all__}


def hints_of(of: Any) -> Dict[str, Any]:
    """The annotations of a function or a class (with those of its bases), with their marks. What cannot be resolved is
    ``Any``."""
    if isinstance(of, type):
        found: Dict[str, Any] = {}
        for base in reversed(of.__mro__):
            module = sys.modules.get(base.__module__)
            found.update(_resolved(_own(base), vars(module) if module else {}, dict(vars(base))))
        return found
    while hasattr(of, "__wrapped__"):
        of = of.__wrapped__
    of = getattr(of, "__func__", of)
    return _resolved(_own(of), getattr(of, "__globals__", {}), {})


def _own(of: Any) -> Dict[str, Any]:
    if isinstance(of, type) and "__annotations__" not in vars(of) and sys.version_info < (3, 14):
        return {}
    try:
        return getattr(of, "__annotations__", None) or {}
    except Exception:  # Python 3.14 evaluates annotations here.
        return {}


def _resolved(annotations: Dict[str, Any], names: Dict[str, Any], own: Dict[str, Any]) -> Dict[str, Any]:
    return {name: resolve(hint, names, own) for name, hint in annotations.items()}


def resolve(hint: Any, names: Dict[str, Any], own: Dict[str, Any]) -> Any:
    """The annotation, evaluated if it is a text."""
    if isinstance(hint, typing.ForwardRef):
        hint = hint.__forward_arg__
    if not isinstance(hint, str):
        if not _has_texts(hint):
            return hint
        try:
            function: Any = lambda: None  # noqa: E731
            function.__annotations__ = {"it": hint}
            return typing.get_type_hints(function, names, own, include_extras=True)["it"]
        except Exception:
            return Any
    try:
        tree: Any = ast.parse(hint.strip(), mode="eval")
        if sys.version_info < (3, 10):
            tree = ast.fix_missing_locations(_Unions().visit(tree))
        value = eval(compile(tree, "<annotation>", "eval"), {**_COMMON, **names, "__union": typing.Union}, own)
    except Exception:
        return Any
    return resolve(value, names, own) if value is not hint else Any


def _has_texts(hint: Any) -> bool:
    if isinstance(hint, (str, typing.ForwardRef)):
        return True
    if typing.get_origin(hint) is typing.Annotated:
        return _has_texts(hint.__origin__)
    return typing.get_origin(hint) is not typing.Literal and any(_has_texts(it) for it in typing.get_args(hint))


class _Unions(ast.NodeTransformer):
    """``A | B`` as ``Union[A, B]``, for Python 3.9."""

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        self.generic_visit(node)
        if not isinstance(node.op, ast.BitOr):
            return node
        both = ast.Tuple(elts=[node.left, node.right], ctx=ast.Load())
        return ast.Subscript(value=ast.Name(id="__union", ctx=ast.Load()), slice=both, ctx=ast.Load())
