"""Schemas from type hints and docstrings, and values from JSON."""

from __future__ import annotations

import dataclasses
import datetime
import decimal
import enum
import pathlib
import typing
import unittest
import uuid
from typing import Annotated, Any, Dict, List, Literal, NamedTuple, NewType, Optional, Tuple, TypedDict, Union

from labdaemon.driver import Doc, Length, Pattern, Range, Step, Unit
from labdaemon.driver.schema.docstrings import docs_of
from labdaemon.driver.errors import InvalidInput
from labdaemon.driver.schema.hints import kind_of
from labdaemon.driver.schema.signature import Parameters

SAFE = 2**53 - 1
INT = {"type": "integer", "minimum": -SAFE, "maximum": SAFE}
NUMBER = {"type": "number"}
Volts = NewType("Volts", float)


class Mode(enum.Enum):
    FAST = "fast"
    SLOW = "slow"


class Range_(enum.IntEnum):
    LOW = 1
    HIGH = 2


class Shape(enum.Enum):
    SINE = object()


@dataclasses.dataclass
class Channel:
    number: int
    gain: float = dataclasses.field(default=1.0, metadata={"unit": "dB"})
    tags: List[str] = dataclasses.field(default_factory=list)


class Limits(TypedDict, total=False):
    low: float
    high: float


class Pair(NamedTuple):
    x: float
    y: float = 0.0


def number(**keywords):
    return {"type": "number", **keywords}


class Hints(unittest.TestCase):
    def test_each_type_has_its_schema(self):
        nothing = {"type": "null"}
        for hint, schema in [
            (bool, {"type": "boolean"}), (int, INT), (float, NUMBER), (str, {"type": "string"}), (None, nothing), (Any, {}),
            (object, {}), (Volts, NUMBER), (bytes, {"type": "string", "contentEncoding": "base64"}),
            (List[int], {"type": "array", "items": INT}), (list, {"type": "array", "items": {}}),
            (typing.Sequence[float], {"type": "array", "items": NUMBER}), (typing.Set[str], {"type": "array", "items": {"type": "string"}}),
            (Tuple[float, ...], {"type": "array", "items": NUMBER}),
            (Tuple[float, str], {"type": "array", "prefixItems": [NUMBER, {"type": "string"}], "items": False, "minItems": 2, "maxItems": 2}),
            (Dict[str, float], {"type": "object", "propertyNames": {"type": "string"}, "additionalProperties": NUMBER}),
            (Optional[str], {"type": ["string", "null"]}), (Union[float, str], {"type": ["number", "string"]}),
            (Optional[int], {"anyOf": [INT, nothing]}),
            (Annotated[float, Unit("V"), Range(-20, 20)], number(unit="V", minimum=-20, maximum=20)),
            (Annotated[float, Range(above=0), Step(0.5), Doc("d")], number(exclusiveMinimum=0, multipleOf=0.5, description="d")),
            (Annotated[int, Range(1, 4)], {"type": "integer", "minimum": 1, "maximum": 4}),
            (Annotated[str, Length(1, 8), Pattern("^a")], {"type": "string", "minLength": 1, "maxLength": 8, "pattern": "^a"}),
            (Annotated[List[float], Length(2)], {"type": "array", "items": NUMBER, "minItems": 2}),
            (Annotated[Optional[float], Unit("V"), Range(0)], {"unit": "V", "anyOf": [number(minimum=0), nothing]}),
            (Literal["a", "b"], {"type": "string", "enum": ["a", "b"]}), (Literal[5], {"type": "number", "const": 5}),
            (Literal[1, "x"], {"enum": [1, "x"]}), (Mode, {"type": "string", "enum": ["fast", "slow"]}),
            (Range_, {"type": "number", "enum": [1, 2]}), (Shape, {"type": "string", "const": "SINE"}),
            (Literal[Mode.FAST], {"type": "string", "const": "fast"}),
            (datetime.datetime, {"type": "string", "format": "date-time"}), (uuid.UUID, {"type": "string", "format": "uuid"}),
            (datetime.timedelta, number(unit="s")), (decimal.Decimal, {"type": ["number", "string"]}),
            (pathlib.Path, {"type": "string"}), (typing.Callable[[int], str], {}), (Hints, {}),
        ]:
            with self.subTest(hint=hint):
                self.assertEqual(kind_of(hint).schema, schema)

    def test_structures_have_theirs(self):
        tags = {"default": [], "type": "array", "items": {"type": "string"}}
        self.assertEqual(kind_of(Channel).schema, {
            "type": "object",
            "properties": {"number": INT, "gain": number(default=1.0, unit="dB"), "tags": tags},
            "required": ["number"], "additionalProperties": False,
        })
        self.assertEqual(kind_of(Limits).schema, {
            "type": "object", "properties": {"low": NUMBER, "high": NUMBER}, "additionalProperties": False,
        })
        self.assertEqual(kind_of(Pair).schema, {
            "type": "object", "properties": {"x": NUMBER, "y": number(default=0.0)}, "required": ["x"],
            "additionalProperties": False,
        })

    def test_values_have_their_types(self):
        for hint, json, value in [
            (float, 1, 1.0), (int, 3, 3), (Mode, "slow", Mode.SLOW), (Range_, 2, Range_.HIGH), (Shape, "SINE", Shape.SINE),
            (bytes, "YWJj", b"abc"), (typing.Set[int], [1, 1], {1}), (Tuple[int, str], [1, "a"], (1, "a")),
            (Channel, {"number": 2, "gain": 3, "tags": []}, Channel(2, 3.0)), (Pair, {"x": 1, "y": 2}, Pair(1.0, 2.0)),
            (List[Channel], [{"number": 1}], [Channel(1)]), (Dict[str, Mode], {"a": "fast"}, {"a": Mode.FAST}),
            (Optional[Mode], None, None), (Optional[Mode], "fast", Mode.FAST), (Union[Channel, Mode], {"number": 1}, Channel(1)),
            (decimal.Decimal, "1.10", decimal.Decimal("1.10")), (pathlib.Path, "/a", pathlib.Path("/a")), (complex, 2, 2 + 0j),
            (complex, {"re": 1, "im": 2}, 1 + 2j), (datetime.date, "2026-01-02", datetime.date(2026, 1, 2)),
            (datetime.datetime, "2026-01-02T03:04:05.5Z", datetime.datetime(2026, 1, 2, 3, 4, 5, 500000, datetime.timezone.utc)),
            (datetime.timedelta, 1.5, datetime.timedelta(seconds=1.5)),
        ]:
            with self.subTest(hint=hint, json=json):
                found = kind_of(hint).value(json)
                self.assertEqual((found, type(found)), (value, type(value)))


def documented(volts: float, rate=1.0, when: "Unknown" = None, *, mode: Mode | None = None, n: int = 3):  # noqa: F821
    """Ramp the output
    to a voltage.

    It takes a while.

    Args:
        volts (float): Where to
            go, in volts.
        rate: The slope.

            More of it.
    """


def numpy_style(a, b=2):
    """Measure.

    Parameters
    ----------
    a : int
        The first.
    b : float, optional
        The second.
    """


def sphinx_style(a):
    """Measure.

    :param str a: The first
        of all.
    :returns: nothing
    """


@dataclasses.dataclass
class Even:
    count: int

    def __post_init__(self):
        if self.count % 2:
            raise ValueError("an even number is needed")


def picky(self, evens: List[Even], at: Dict[str, decimal.Decimal] = {}):
    pass


class Signatures(unittest.TestCase):
    def test_what_a_type_itself_refuses_has_its_place(self):
        for kwargs, message in [
            ({"evens": [{"count": 2}, {"count": 3}]}, "evens[1]: an even number is needed"),
            ({"evens": [], "at": {"a": "much"}}, "at.a: "),
        ]:
            with self.assertRaises(InvalidInput) as caught:
                Parameters(picky).named([], kwargs)
            self.assertTrue(str(caught.exception).startswith(message), str(caught.exception))

    def test_hints_defaults_and_docstrings(self):
        schema = Parameters(with_self(documented)).schema["properties"]
        self.assertEqual(schema, {
            "volts": number(description="Where to go, in volts."),
            "rate": number(default=1.0, description="The slope."),
            "when": {"default": None},
            "mode": {"default": None, "anyOf": [{"type": "string", "enum": ["fast", "slow"]}, {"type": "null"}]},
            "n": {"default": 3, **INT},
        })

    def test_the_styles_of_docstrings(self):
        self.assertEqual(docs_of(documented).summary, "Ramp the output to a voltage.")
        self.assertEqual(docs_of(numpy_style).parameters, {"a": ("int", "The first."), "b": ("float", "The second.")})
        self.assertEqual(docs_of(sphinx_style).parameters, {"a": ("str", "The first of all.")})
        self.assertEqual([docs_of(it).summary for it in (numpy_style, sphinx_style)], ["Measure.", "Measure."])
        self.assertEqual(Parameters(with_self(numpy_style)).schema["properties"], {
            "a": {"description": "The first.", **INT}, "b": number(default=2, description="The second."),
        })

    def test_arguments_by_position_and_by_name(self):
        its = Parameters(with_self(documented))
        self.assertEqual(its.named([1], {"rate": 2}), {"volts": 1.0, "rate": 2, "when": None, "mode": None, "n": 3})
        for args, kwargs, message in [
            ([1, 2, None, None, 3, 4], {}, "it takes 5 arguments (volts, rate, when, mode, n), and 6 were given"),
            ([1], {"volts": 2}, '"volts" is given by position and by name'),
            ([], {}, "volts: missing; expected a number"),
            ([1], {"zz": 1}, "zz: unknown key; known keys are volts, rate, when, mode, n"),
        ]:
            with self.assertRaises(InvalidInput) as caught:
                its.named(args, kwargs)
            self.assertEqual(str(caught.exception), message)

    def test_the_rest_of_the_arguments(self):
        def add(self, a, /, b=2, *more, scale=1, **named):
            return [a, b, more, scale, named]

        its = Parameters(add)
        call = lambda args, kwargs: its.call(lambda *a, **k: add(None, *a, **k), its.named(args, kwargs))  # noqa: E731
        self.assertEqual(call([1], {"x": 5}), [1, 2, (), 1, {"x": 5}])
        self.assertEqual(call([1, 2, 3], {}), [1, 2, (3,), 1, {}])
        self.assertEqual(call([1, 2, 3, 4], {"scale": 5}), [1, 2, (3, 4), 5, {}])


def with_self(function):
    """The function with an object before its parameters."""
    import inspect

    def method(self, *args, **kwargs):
        return function(*args, **kwargs)

    signature = inspect.signature(function)
    own = inspect.Parameter("self", inspect.Parameter.POSITIONAL_ONLY)
    method.__signature__ = signature.replace(parameters=[own, *signature.parameters.values()])
    method.__doc__, method.__annotations__ = function.__doc__, function.__annotations__
    return method


if __name__ == "__main__":
    unittest.main()
