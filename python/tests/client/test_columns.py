from __future__ import annotations

import base64
import struct
import unittest
from datetime import datetime, timedelta, timezone
from typing import Any, List
from unittest import mock

from labdaemon import Bench, Columns, ColumnStream, Gap, GapError
from labdaemon.client.device import Device

from ..scripts import frame, playing
from ..server_case import ServerCase
from .events import event, gap, state

TIME = datetime(2026, 11, 22, 6, 25, 52, 123456, timezone.utc)
MICROS = 1_795_328_752_123_456


def packed(dtype: str, code: str, numbers: List[Any]) -> Any:
    data = base64.b64encode(struct.pack(f"<{len(numbers)}{code}", *numbers)).decode()
    return {"dtype": dtype, "shape": [len(numbers)], "base64": data}


def columns(first: int, *values: float, **fields: Any) -> bytes:
    times = packed("int64", "q", [MICROS + i for i in range(len(values))])
    last = first + len(values) - 1
    fields = {"payload": packed("float64", "d", list(values)), **fields}
    return event("device_columns", f"k3f9-{last}", sequence=first, count=len(values), timestamps=times, **fields)


class ColumnStreamTest(ServerCase):
    def stream(self, *frames: bytes, **settings: Any) -> ColumnStream:
        self.server = self.serve(playing(*frames))
        stream = Device(Bench(self.server.url), "daq1").columns(**settings)
        self.addCleanup(stream.close)
        return stream

    def test_it_yields_arrays_with_the_number_and_the_times_of_their_samples(self) -> None:
        stream = self.stream(state("streaming"), columns(7, 1.5, -2.0, 0.25), sample_rate=1e5)
        found = next(stream)
        assert isinstance(found, Columns)
        self.assertEqual((found.device_id, found.sequence, len(found)), ("daq1", 7, 3))
        self.assertEqual(list(found.values), [1.5, -2.0, 0.25])
        self.assertIs(found.received, found.timestamps)
        self.assertEqual(self.server.next_request().path, "/stream/devices/daq1?sample_rate=100000.0&format=columns")
        self.assertEqual(stream.last_event_id, "k3f9-9")

    def test_without_numpy_they_are_lists(self) -> None:
        with mock.patch("labdaemon.client.arrays.numpy_or_none", return_value=None), mock.patch(
            "labdaemon.client.columns.numpy_or_none", return_value=None
        ):
            found = next(self.stream(columns(0, 1.0, 2.0)))
        assert isinstance(found, Columns)
        self.assertEqual(found.values, [1.0, 2.0])
        self.assertEqual(found.timestamps, [TIME, TIME + timedelta(microseconds=1)])

    def test_samples_with_names_have_an_array_for_each(self) -> None:
        payload = {"x": packed("float64", "d", [1, 2]), "at": {"y": packed("float64", "d", [3, 4])}}
        found = next(self.stream(columns(0, 0, 0, payload=payload)))
        assert isinstance(found, Columns)
        self.assertEqual(list(found.values["x"]), [1, 2])
        self.assertEqual(list(found.values["at"]["y"]), [3, 4])

    def test_a_sample_that_comes_alone_is_a_list_of_one(self) -> None:
        stream = self.stream(frame(3, "OL"))
        found = next(stream)
        assert isinstance(found, Columns)
        self.assertEqual((found.sequence, len(found), found.values, found.timestamps), (3, 1, ["OL"], [TIME]))

    def test_gaps_are_treated_as_in_a_stream_of_samples(self) -> None:
        with self.assertRaises(GapError):
            next(self.stream(gap(0, 4)))
        found = next(self.stream(gap(0, 4), gaps="yield"))
        assert isinstance(found, Gap)
        self.assertEqual(found.lost, 5)


if __name__ == "__main__":
    unittest.main()
