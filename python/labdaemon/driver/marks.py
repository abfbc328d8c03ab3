"""The marks in ``Annotated[...]`` beside a type: units, limits, texts for people.

Marks of ``annotated_types`` (``Gt``, ``Ge``, ``Interval``, ``MultipleOf``, ``Len``) and pydantic's ``Field`` are read, too.
"""

from __future__ import annotations

from typing import Any, Dict, Optional


class Mark:
    """One mark: keywords of the JSON Schema that it adds."""

    __slots__ = ("keywords",)

    def __init__(self, keywords: Dict[str, Any]):
        self.keywords = {key: value for key, value in keywords.items() if value is not None}

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{k}={v!r}' for k, v in self.keywords.items())})"


class Unit(Mark):
    """The unit of a value: ``Annotated[float, Unit("V")]``."""

    __slots__ = ()

    def __init__(self, unit: str):
        super().__init__({"unit": str(unit)})


class Range(Mark):
    """The limits of a number, both included: ``Range(-20, 20)``, ``Range(0)``, ``Range(max=5)``. Above or below, but not
    at a limit: ``Range(above=0)``, ``Range(below=1)``."""

    __slots__ = ()

    def __init__(
        self,
        min: Optional[float] = None,
        max: Optional[float] = None,
        *,
        above: Optional[float] = None,
        below: Optional[float] = None,
    ):
        super().__init__({"minimum": min, "maximum": max, "exclusiveMinimum": above, "exclusiveMaximum": below})


class Step(Mark):
    """The steps of a number: a value between two steps is refused."""

    __slots__ = ()

    def __init__(self, step: float):
        super().__init__({"multipleOf": step})


class Length(Mark):
    """The limits of a text's number of characters, or of a list's number of items."""

    __slots__ = ("min", "max")

    def __init__(self, min: Optional[int] = None, max: Optional[int] = None):
        self.min, self.max = min, max
        super().__init__({})


class Pattern(Mark):
    """A regular expression that a text contains; begin it with ``^`` and end it with ``$`` for the whole text."""

    __slots__ = ()

    def __init__(self, pattern: str):
        super().__init__({"pattern": pattern})


class Doc(Mark):
    """A description for people, where a docstring is not the place."""

    __slots__ = ()

    def __init__(self, description: str):
        super().__init__({"description": description})


class Secret(Mark):
    """A text that is not shown in logs and answers."""

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__({"secret": True})
