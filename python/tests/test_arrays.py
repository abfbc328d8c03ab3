import base64
import math
import struct
import unittest

from labdaemon.server import decode_arrays


def packed(dtype, shape, code, *numbers):
    data = struct.pack("<%d%s" % (len(numbers), code), *numbers)
    return {"dtype": dtype, "shape": shape, "base64": base64.b64encode(data).decode()}


class DecodeArrays(unittest.TestCase):
    def test_each_element_type_is_read_exactly(self) -> None:
        for dtype, code, numbers in [
            ("int8", "b", [-128, 127]),
            ("uint8", "B", [0, 255]),
            ("int16", "h", [-32768, 1]),
            ("uint16", "H", [65535, 1]),
            ("int32", "i", [-(2**31), 1]),
            ("uint32", "I", [2**32 - 1, 1]),
            ("int64", "q", [-(2**63), 2**53 + 1]),
            ("uint64", "Q", [2**64 - 1, 1]),
            ("float16", "e", [0.5, -2.0]),
            ("float32", "f", [1.5, math.inf]),
            ("float64", "d", [1e-300, -math.inf]),
        ]:
            self.assertEqual(decode_arrays(packed(dtype, [2], code, *numbers)), numbers, dtype)

    def test_nan_stays_nan(self) -> None:
        [number] = decode_arrays(packed("float16", [1], "e", math.nan))
        self.assertTrue(math.isnan(number))

    def test_arrays_are_found_within_a_payload(self) -> None:
        wave = packed("uint8", [2], "B", 1, 2)
        self.assertEqual(decode_arrays({"a": [wave, None], "b": {"c": wave}}), {"a": [[1, 2], None], "b": {"c": [1, 2]}})

    def test_two_dimensions_become_nested_lists(self) -> None:
        self.assertEqual(decode_arrays(packed("uint8", [2, 3], "B", *range(6))), [[0, 1, 2], [3, 4, 5]])
        self.assertEqual(decode_arrays(packed("uint8", [0], "B")), [])

    def test_a_value_that_only_looks_like_an_array_is_not_changed(self) -> None:
        for value in [
            {"dtype": "complex64", "shape": [1], "base64": "AAAAAAAAAAA="},
            {"dtype": "uint8", "shape": [3], "base64": "AA=="},
            {"dtype": "uint8", "shape": [1], "base64": "no!"},
            {"dtype": "uint8", "shape": ["1"], "base64": "AA=="},
            {"dtype": ["uint8"], "shape": [1], "base64": "AA=="},
        ]:
            self.assertEqual(decode_arrays(value), value)


if __name__ == "__main__":
    unittest.main()
