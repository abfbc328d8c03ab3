"""Errors of drivers that the host turns into answers."""

from __future__ import annotations

from typing import Any, Dict, List


class InvalidInput(Exception):
    """An input that does not fit its schema.

    ``issues`` is a list of ``{"path": "channels[2]", "message": "..."}``; an empty path is the whole input.
    """

    def __init__(self, issues: List[Dict[str, str]]):
        self.issues = issues
        texts = (f"{it['path']}: {it['message']}" if it["path"] else it["message"] for it in issues)
        super().__init__("; ".join(texts))


class DriverLoadError(Exception):
    """A module or a class that is not a driver."""


class NotSerializable(Exception):
    """A value that has no representation in JSON."""

    def __init__(self, problem: str):
        self.problem = problem
        self.path: List[Any] = []
        super().__init__(problem)

    def __str__(self) -> str:
        steps = (f"[{it}]" if isinstance(it, int) else f".{it}" for it in reversed(self.path))
        where = "".join(steps).lstrip(".")[:80]
        return f"Cannot turn the value into JSON: {self.problem}" + (f" at {where}" if where else "")


class Cancelled(BaseException):
    """Raised in a method whose call was cancelled, or has reached its limit. Let it pass."""
