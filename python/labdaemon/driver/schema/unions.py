"""``A | B`` in annotations, for Python 3.9."""

from __future__ import annotations

import ast


def with_unions(expression: str) -> ast.AST:
    """The expression with ``__union[A, B]`` in the place of ``A | B``."""
    return ast.fix_missing_locations(_Unions().visit(ast.parse(expression, mode="eval")))


class _Unions(ast.NodeTransformer):
    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        self.generic_visit(node)
        if not isinstance(node.op, ast.BitOr):
            return node
        both = ast.Tuple(elts=[node.left, node.right], ctx=ast.Load())
        return ast.Subscript(value=ast.Name(id="__union", ctx=ast.Load()), slice=both, ctx=ast.Load())
