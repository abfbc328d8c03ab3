from __future__ import annotations

import unittest
from contextlib import suppress
from typing import Any
from unittest import mock

from labdaemon import Collection, Sample
from labdaemon.client.arrays import numpy_or_none

from ..scripted_server import Exchange
from ..scripts import playing
from .bench_case import BenchCase
from .events import event, gap, timed_frame

try:
    import pandas
except ImportError:
    pandas = None

STREAM = "GET /stream/devices/psu1"


def streaming(*pieces: bytes) -> Any:
    def answer(exchange: Exchange) -> None:
        # Who has enough leaves before the end.
        with suppress(BrokenPipeError, ConnectionResetError):
            playing(*[piece.replace(b"daq1", b"psu1") for piece in pieces])(exchange)

    return answer


class CollectTest(BenchCase):
    def test_it_ends_with_the_number_of_samples(self) -> None:
        self.routes[STREAM] = streaming(*[timed_frame(n, n, n) for n in range(4)])
        found = self.bench["psu1"].collect(samples=3)
        self.assertEqual([sample.sequence for sample in found], [0, 1, 2])
        self.assertEqual(found.values, [0, 1, 2])

    def test_it_ends_when_the_samples_are_of_later_times(self) -> None:
        self.routes[STREAM] = streaming(*[timed_frame(n, n / 10, n) for n in range(12)])
        found = self.bench["psu1"].collect(seconds=1)
        self.assertEqual([sample.sequence for sample in found], list(range(10)))

    def test_a_step_of_the_clock_does_not_end_it(self) -> None:
        step = event("clock", step=30)
        self.routes[STREAM] = streaming(timed_frame(0, 0, 0), step, timed_frame(1, 30.5, 1), timed_frame(2, 31.5, 2))
        with self.assertLogs("labdaemon", "WARNING"):
            self.assertEqual(len(self.bench["psu1"].collect(seconds=1)), 2)

    def test_it_ends_in_time_where_the_device_is_silent(self) -> None:
        self.routes[STREAM] = streaming(timed_frame(0, 0, 0))
        with mock.patch("labdaemon.client.collect._GRACE", 0):
            self.assertEqual(len(self.bench["psu1"].collect(seconds=0.02)), 1)

    def test_without_any_sample_it_is_a_timeout(self) -> None:
        self.routes[STREAM] = streaming()
        with self.assertRaisesRegex(TimeoutError, 'No sample of "psu1" for 0.02 s'):
            self.bench["psu1"].collect(seconds=5, timeout=0.02)

    def test_it_needs_an_end(self) -> None:
        for arguments in ({}, {"seconds": 0}, {"samples": -1}):
            with self.assertRaisesRegex(ValueError, "Cannot collect"):
                self.bench["psu1"].collect(**arguments)

    def test_gaps_and_units_are_kept(self) -> None:
        payload = {"voltage": 1.5, "note": "a"}
        self.routes[STREAM] = streaming(timed_frame(0, 0, payload), gap(1, 4), timed_frame(5, 1, payload))
        found = self.bench["psu1"].collect(samples=2)
        self.assertEqual(found.attrs["units"], {"voltage": "V"})
        self.assertEqual([each["lost"] for each in found.attrs["gaps"]], [4])
        self.assertEqual(found.channels(), {"voltage": [1.5, 1.5], "note": ["a", "a"]})


def collection(*values: Any, units: Any = None) -> Collection:
    samples = [Sample("daq1", n, f"2026-11-22T06:25:{n:02}.000000Z", value) for n, value in enumerate(values)]
    return Collection("daq1", samples, [], units or {})


@unittest.skipIf(numpy_or_none() is None, "NumPy is not installed")
class NumPyTest(unittest.TestCase):
    def test_numbers_are_one_array_with_their_unit_times_and_sequence(self) -> None:
        array = collection(1.5, None, 2, units={"value": "V"}).to_numpy()
        self.assertEqual((array.dtype, array.shape), ("float64", (3,)))
        self.assertEqual(str(array.tolist()), "[1.5, nan, 2.0]")
        self.assertEqual((array.attrs["unit"], array.attrs["units"]), ("V", {"value": "V"}))
        self.assertEqual(array.attrs["sequence"].tolist(), [0, 1, 2])
        self.assertEqual(str(array.attrs["timestamp"][1]), "2026-11-22T06:25:01.000000")
        self.assertEqual((array * 2).attrs["unit"], "V")

    def test_arrays_of_one_shape_are_one_array(self) -> None:
        self.assertEqual(collection([1, None], [3.0, 4.0]).to_numpy().shape, (2, 2))
        self.assertEqual(str(collection([1, None]).to_numpy().tolist()), "[[1.0, nan]]")
        ragged = collection([1], [2, 3]).to_numpy()
        self.assertEqual((ragged.dtype, ragged[1]), ("object", [2, 3]))

    def test_named_channels_are_fields(self) -> None:
        array = collection({"a": 1, "b": {"c": [1, 2]}}, {"a": None, "b": {"c": [3, 4]}}).to_numpy()
        self.assertEqual(array.dtype.names, ("a", "b.c"))
        self.assertEqual(array["b.c"].tolist(), [[1, 2], [3, 4]])

    def test_floats_that_json_writes_without_a_point_are_floats(self) -> None:
        sine = [50000000000000000000, -45464871341284090000, 7056000402993361000, None, 2**70, 12.5]
        array = collection(*sine).to_numpy()
        self.assertEqual(array.dtype, "float64")
        self.assertEqual(array.tolist()[:3], [5e19, -45464871341284090000.0, 7056000402993361000.0])
        self.assertEqual(collection(10**19, 1).to_numpy().tolist(), [1e19, 1.0])
        rounded = collection(10**19 + 1, 1.5, 10**400).to_numpy()
        self.assertEqual((rounded.dtype, rounded.tolist()), ("object", [10**19 + 1, 1.5, 10**400]))

    def test_texts_stay_texts(self) -> None:
        self.assertEqual(collection("1", "x").to_numpy().tolist(), ["1", "x"])
        self.assertEqual(collection("1", None).to_numpy().tolist(), ["1", None])
        self.assertEqual(collection().to_numpy().shape, (0,))


@unittest.skipIf(pandas is None, "pandas is not installed")
class PandasTest(unittest.TestCase):
    def test_a_frame_has_times_sequence_channels_and_attrs(self) -> None:
        found = collection({"v": 1.5, "n": "a"}, {"v": None, "n": "b"}, units={"v": "V"})
        frame = found.to_pandas()
        self.assertEqual(list(frame.columns), ["sequence", "v", "n"])
        self.assertEqual(str(frame.index[1]), "2026-11-22 06:25:01+00:00")
        self.assertEqual((frame["v"].dtype, frame["v"].isna().tolist()), ("float64", [False, True]))
        self.assertEqual(frame.attrs, {"device_id": "daq1", "units": {"v": "V"}, "gaps": []})

    def test_floats_that_json_writes_without_a_point_are_floats(self) -> None:
        frame = collection(50000000000000000000, None, 2.5).to_pandas()
        self.assertEqual((frame["value"].dtype, frame["value"].iloc[0]), ("float64", 5e19))
        exact = collection(10**19 + 1, 2.5).to_pandas()
        self.assertEqual((exact["value"].dtype, exact["value"].iloc[0]), ("object", 10**19 + 1))

    def test_arrays_stay_in_one_column_and_a_taken_name_is_changed(self) -> None:
        frame = collection({"sequence": 7, "trace": [1, 2]}).to_pandas()
        self.assertEqual(list(frame.columns), ["sequence", "payload.sequence", "trace"])
        self.assertEqual(frame["trace"].tolist(), [[1, 2]])
        self.assertEqual(list(collection(1.0, 2.0).to_pandas()["value"]), [1.0, 2.0])


if __name__ == "__main__":
    unittest.main()
