"""The values that a driver yields or returns, as JSON."""

import array
import collections
import collections.abc
import ctypes
import dataclasses
import datetime
import decimal
import enum
import fractions
import json
import pathlib
import unittest
import uuid

from labdaemon.driver.errors import NotSerializable
from labdaemon.driver.values import encode

NAN = float("nan")
UTC = datetime.timezone.utc
Point = collections.namedtuple("Point", "x y")


class Mode(enum.Enum):
    FAST = "fast"


@dataclasses.dataclass
class Reading:
    volts: float
    at: datetime.date


def text(value, arrays="json"):
    return encode(value, arrays).decode()


class Values(unittest.TestCase):
    def test_scalars(self):
        for value, expected in [
            (None, "null"), (True, "true"), (7, "7"), (1.5, "1.5"), ("ä", '"ä"'),
            (NAN, "null"), (float("inf"), "null"), (-float("inf"), "null"),
            (2**53 - 1, "9007199254740991"), (2**53, '"9007199254740992"'), (-(2**70), '"-1180591620717411303424"'),
            (b"abc", '"YWJj"'), (bytearray(b"abc"), '"YWJj"'), (memoryview(b"abc"), '"YWJj"'),
            (1 + 2j, '{"re":1.0,"im":2.0}'), (Mode.FAST, '"fast"'), (fractions.Fraction(1, 4), "0.25"),
            (decimal.Decimal("1.10"), "1.1"), (decimal.Decimal("NaN"), "null"), (decimal.Decimal("-Infinity"), "null"),
            (decimal.Decimal("0.12345678901234567890"), '"0.12345678901234567890"'),
            (datetime.datetime(2026, 1, 2, 3, 4, 5, 6, UTC), '"2026-01-02T03:04:05.000006Z"'),
            (datetime.datetime(2026, 1, 2, 3, tzinfo=datetime.timezone(datetime.timedelta(hours=2))), '"2026-01-02T01:00:00.000000Z"'),
            (datetime.datetime(1, 1, 2, tzinfo=UTC), '"0001-01-02T00:00:00.000000Z"'),
            (datetime.date(2026, 1, 2), '"2026-01-02"'), (datetime.timedelta(seconds=1.5), "1.5"),
            (uuid.UUID(int=1), '"00000000-0000-0000-0000-000000000001"'), (pathlib.PurePosixPath("/a/b"), '"/a/b"'),
        ]:
            with self.subTest(expected=expected):
                self.assertEqual(text(value), expected)

    def test_a_time_without_a_zone_is_local(self):
        at = datetime.datetime(2026, 1, 2, 3, 4, 5)
        self.assertEqual(text(at), text(at.astimezone(UTC)))

    def test_a_decimal_that_a_float_holds_is_a_number(self):
        self.assertEqual(json.loads(encode([decimal.Decimal("0.1"), decimal.Decimal("1e30")])), [0.1, 1e30])

    def test_structures(self):
        for value, expected in [
            ({"a": NAN, "b": [1, (2, {3})]}, '{"a":null,"b":[1,[2,[3]]]}'), ([], "[]"), ({}, "{}"), ((), "[]"),
            ([1.0, NAN], "[1.0,null]"), ([2**60, 1], '["1152921504606846976",1]'), ([[1], [NAN]], "[[1],[null]]"),
            (Point(1, 2), '{"x":1,"y":2}'), (Reading(NAN, datetime.date(2026, 1, 2)), '{"volts":null,"at":"2026-01-02"}'),
            ({1: "a", 2.5: "b", Mode.FAST: "c", True: "d"}, '{"true":"d","2.5":"b","fast":"c"}'),
            (range(3), "[0,1,2]"), (collections.deque([1]), "[1]"), (collections.OrderedDict(a=1), '{"a":1}'),
            (ValueError("no answer"), '{"name":"ValueError","message":"no answer"}'),
        ]:
            with self.subTest(expected=expected):
                # True and 1 are one key of a dict.
                self.assertEqual(text(value), expected.replace('"true":"d"', '"1":"d"'))

    def test_texts_are_utf_8_and_lines_stay_whole(self):
        self.assertEqual(encode("Ω\n\r"), '"Ω\\n\\r"'.encode())
        # Half of a surrogate pair has no UTF-8.
        self.assertEqual(encode("\ud800"), b'"\\ud800"')

    def test_arrays_of_the_standard_library(self):
        self.assertEqual(text(array.array("d", [1, NAN])), "[1.0,null]")
        self.assertEqual(text(array.array("q", [2**60])), '["1152921504606846976"]')
        self.assertEqual(text((ctypes.c_int16 * 2 * 2)((1, 2), (3, 4))), "[[1,2],[3,4]]")
        self.assertEqual(text(array.array("d", [1, 2]), "base64"), '{"dtype":"float64","shape":[2],"base64":"AAAAAAAA8D8AAAAAAAAAQA=="}')
        self.assertEqual(text({"a": (ctypes.c_int16 * 2)(1, 2)}, "base64"), '{"a":{"dtype":"int16","shape":[2],"base64":"AQACAA=="}}')
        self.assertEqual(text(array.array("B", b"ab"), "base64"), '{"dtype":"uint8","shape":[2],"base64":"YWI="}')
        self.assertEqual(text(array.array("B", b"ab")), "[97,98]")
        self.assertEqual(text(array.array("d"), "base64"), '{"dtype":"float64","shape":[0],"base64":""}')
        self.assertEqual(text(b"ab", "base64"), '"YWI="')

    def test_what_has_no_json_is_refused_with_its_place(self):
        cycle = []
        cycle.append(cycle)
        for value, problem in [
            ({"a": [print]}, "it holds a builtin_function_or_method at a[0]"), (lambda: 1, "it holds a function"),
            ((it for it in ()), "it holds a generator"), (Mode, "it holds the class Mode"), (object(), "it holds an object"),
            ({"a": {"__proto__": 1}}, 'it has the key "__proto__" at a'), ({None: 1}, "it has a key that is None"),
            ({(1, 2): 1}, "it has a key that is a tuple"), (cycle, "it is nested too deep, or contains itself"),
            (10**5000, "it holds an integer of more than 4300 digits"),
        ]:
            if value == 10**5000 and not hasattr(__import__("sys"), "set_int_max_str_digits"):
                continue
            with self.subTest(problem=problem):
                with self.assertRaises(NotSerializable) as caught:
                    encode(value)
                self.assertIn(f"Cannot turn the value into JSON: {problem}", str(caught.exception))

    def test_an_object_that_fails_is_named(self):
        class Broken(collections.abc.Sequence):
            def __len__(self):
                return 1

            def __getitem__(self, index):
                raise OSError("gone")

        with self.assertRaisesRegex(NotSerializable, "OSError: gone"):
            encode([Broken()])


if __name__ == "__main__":
    unittest.main()
