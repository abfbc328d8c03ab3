"""Values of numpy, pandas and pydantic as JSON, and models of pydantic as schemas."""

import base64
import datetime
import json
import unittest
from typing import Annotated, List, Literal, Optional

import numpy as np
import pandas as pd
import pydantic

from labdaemon.driver import Unit, block
from labdaemon.driver.errors import InvalidInput
from labdaemon.driver.schema.hints import kind_of
from labdaemon.driver.schema.check import checked
from labdaemon.driver.values import encode

NAN, INF = float("nan"), float("inf")


def text(value, arrays="json"):
    return encode(value, arrays).decode()


def unpacked(value):
    """The array that a reader makes of what was encoded."""
    it = json.loads(encode(value, "base64"))
    return np.frombuffer(base64.b64decode(it["base64"]), dtype=it["dtype"]).reshape(it["shape"])


class Arrays(unittest.TestCase):
    def test_scalars(self):
        for value, expected in [
            (np.float64(1.5), "1.5"), (np.float32(0.5), "0.5"), (np.float16(NAN), "null"), (np.longdouble(1.5), "1.5"),
            (np.int8(-5), "-5"), (np.uint64(2**63), '"9223372036854775808"'), (np.bool_(True), "true"), (np.str_("a"), '"a"'),
            (np.complex128(1 + 2j), '{"re":1.0,"im":2.0}'), (np.timedelta64(1500, "ms"), "1.5"),
            (np.datetime64("2026-01-02T03:04:05"), '"2026-01-02T03:04:05.000000Z"'), (np.array(5), "5"),
            ({"v": np.float64(1), "n": [np.int64(3)]}, '{"v":1.0,"n":[3]}'),
        ]:
            with self.subTest(expected=expected):
                self.assertEqual(text(value), expected)
                self.assertEqual(text(value, "base64"), expected)

    def test_arrays_as_lists(self):
        for value, expected in [
            (np.array([1.0, NAN, INF]), "[1.0,null,null]"), (np.array([[1, 2], [3, 4]], dtype="u1"), "[[1,2],[3,4]]"),
            (np.array([[1.0, INF]]), "[[1.0,null]]"), (np.array([True]), "[true]"), (np.zeros((0, 3)), "[]"),
            (np.array([2**63], dtype="u8"), '["9223372036854775808"]'), (np.array(["a"]), '["a"]'),
            (np.array([1j]), '{"re":[0.0],"im":[1.0]}'), (np.array([1, "a", None], dtype=object), '[1,"a",null]'),
            (np.array(["2026-01-02", "NaT"], dtype="M8[D]"), '["2026-01-02T00:00:00.000000Z",null]'),
            (np.array([(1, 2.0)], dtype=[("a", "i4"), ("b", "f8")]), '{"a":[1],"b":[2.0]}'),
            (np.ma.array([1, 2], mask=[0, 1]), "[1,null]"),
            (pd.Series([1.0, NAN]), "[1.0,null]"), (pd.DataFrame({"a": [1], "b": ["x"]}), '{"a":[1],"b":["x"]}'),
            ([pd.NaT, pd.NA, pd.Timestamp("2026-01-02", tz="UTC")], '[null,null,"2026-01-02T00:00:00.000000Z"]'),
        ]:
            with self.subTest(expected=expected):
                self.assertEqual(text(value), expected)

    def test_arrays_as_base64_are_bit_exact(self):
        random = np.random.default_rng(1)
        for array in [
            np.array([1.0, NAN, -0.0, INF]), np.arange(24).reshape(2, 3, 4), np.arange(10.0)[::2], np.asfortranarray(np.eye(3)),
            np.array([1, 2], dtype=">i2"), np.array([2**63], dtype="u8"), np.zeros((0, 3), dtype="f4"), random.random(1000),
            np.array([1.5], dtype="f2"), random.integers(0, 255, (4, 5), dtype="u1"),
        ]:
            with self.subTest(dtype=array.dtype, shape=array.shape):
                found = unpacked(array)
                self.assertEqual((found.shape, found.dtype), (array.shape, array.dtype.newbyteorder("<")))
                self.assertEqual(found.tobytes(), array.astype(array.dtype.newbyteorder("<")).tobytes())
        self.assertEqual(unpacked(np.array([True, False])).tolist(), [1, 0])
        self.assertTrue(np.isnan(unpacked(np.ma.array([1.0, 2.0], mask=[0, 1]))[1]))
        self.assertEqual(text(np.array(["a"]), "base64"), '["a"]')

    def test_blocks_of_arrays(self):
        its = block(0, 1e-3, {"x": np.arange(3, dtype="f4"), "y": np.arange(3)})
        self.assertEqual((its.form, list(its.payloads())[2], type(list(its.payloads())[2]["y"])), ("object", {"x": 2.0, "y": 2}, int))
        rows = block(0, 1e-3, np.arange(6).reshape(2, 3))
        self.assertEqual((rows.form, rows.length, list(rows.payloads())), ("list", 3, [[0, 3], [1, 4], [2, 5]]))
        self.assertEqual(block(0, 1e-3, np.arange(3)).form, "channel")


class Sweep(pydantic.BaseModel):
    start: Annotated[float, Unit("V")] = pydantic.Field(ge=-10, le=10, json_schema_extra={"unit": "V"})
    mode: Literal["up", "down"] = "up"
    inner: Optional["Sweep"] = None
    count: int = 5

    @pydantic.field_validator("count")
    @classmethod
    def is_odd(cls, value):
        if value % 2 == 0:
            raise ValueError("an odd number is needed")
        return value


class Models(unittest.TestCase):
    def test_a_model_is_a_schema_and_refuses_in_its_own_words(self):
        kind = kind_of(Sweep)
        start = kind.schema["properties"]["start"]
        self.assertEqual(start, {"type": "number", "minimum": -10, "maximum": 10, "unit": "V"})
        self.assertEqual(kind.schema["required"], ["start"])
        value = kind.value(checked(kind.schema, {"start": 1, "inner": {"start": 2}}))
        self.assertEqual((type(value), value.inner.start, value.count), (Sweep, 2.0, 5))
        with self.assertRaisesRegex(InvalidInput, "^start: expected at most 10, found [0-9]+; zz: unknown key"):
            checked(kind.schema, {"start": 11, "zz": 1})
        with self.assertRaisesRegex(InvalidInput, "^count: Value error, an odd number is needed$"):
            kind.value(checked(kind.schema, {"start": 1, "count": 4}))
        with self.assertRaisesRegex(InvalidInput, r"^\[0\]\.inner\.count: Value error"):
            kind_of(List[Sweep]).value([{"start": 1, "inner": {"start": 1, "count": 2}}])
        self.assertEqual(text(value.inner), '{"start":2.0,"mode":"up","inner":null,"count":5}')

    def test_marks_of_pydantic_and_annotated_types(self):
        limited = Annotated[float, pydantic.Field(gt=0, le=5, description="d"), Unit("V")]
        expected = {"type": "number", "exclusiveMinimum": 0, "maximum": 5, "description": "d", "unit": "V"}
        self.assertEqual(kind_of(limited).schema, expected)
        self.assertEqual(kind_of(np.float32).schema, {"type": "number"})
        self.assertEqual(kind_of(np.ndarray).value([1, 2]).tolist(), [1, 2])


if __name__ == "__main__":
    unittest.main()
