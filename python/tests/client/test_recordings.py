from __future__ import annotations

import json
import os
import tempfile
import unittest
import warnings
from typing import Any, Dict, List

from labdaemon import Recording
from labdaemon.client.arrays import numpy_or_none
from labdaemon.server import ServerAPIError, ServerConnectionError

from ..scripted_server import Exchange
from .bench_case import BenchCase, refusal

try:
    import pandas
except ImportError:
    pandas = None

RUN = {
    "recording_id": "run",
    "name": "run",
    "state": "stopped",
    "tags": ["cold"],
    "notes": [],
    "contents": [{"device_id": "daq1", "samples": 2, "lost": 5, "bytes": 10}],
}
BIG = 2**53 + 1


def data(sequence: int, payload: Any, device_id: str = "daq1", **more: Any) -> Dict[str, Any]:
    about = {"event": "device_data", "device_id": device_id, "sequence": sequence}
    return {**about, "timestamp": f"2026-11-26T08:00:0{sequence}.000001Z", "payload": payload, **more}


DESCRIPTOR = {
    "event": "descriptor",
    "device_id": "daq1",
    "timestamp": "2026-11-26T08:00:00.000000Z",
    "sample": {"type": "object", "properties": {"volts": {"type": "number", "unit": "V"}}},
}
GAP = {
    **{"event": "gap", "device_id": "daq1", "timestamp": "2026-11-26T08:00:06.000000Z"},
    **{"from": 1, "to": 5, "lost": 5, "reason": "source"},
}


class RecordingsCase(BenchCase):
    def setUp(self) -> None:
        super().setUp()
        self.routes["GET /recordings"] = {"recordings": [{"recording_id": "old"}, RUN]}
        self.routes["GET /recordings/run"] = RUN

    def record(self, *events: Any, query: str = "") -> None:
        lines = "".join(json.dumps(event) + "\n" for event in [{"event": "recording"}, *events])

        def answer(exchange: Exchange) -> None:
            exchange.answer(200, lines.encode(), "application/jsonl")

        self.routes[f"GET /recordings/run/data{query}"] = answer


class SavingTest(RecordingsCase):
    def setUp(self) -> None:
        super().setUp()
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def test_the_ending_of_a_path_names_the_format(self) -> None:
        whole = bytes(range(256))
        for query, name, options in (
            ("format=hdf5", "run.h5", {}),
            ("format=arrow", "run.feather", {}),
            ("format=parquet&points=100", "run", {"format": "parquet", "points": 100}),
            ("format=csv&devices=daq1%2Cdaq2&from=2026", "run.csv", {"devices": ["daq1", "daq2"], "start": "2026"}),
        ):
            with self.subTest(name):
                self.routes[f"GET /recordings/run/data?{query}"] = lambda exchange: exchange.answer(200, whole, "x/y")
                path = os.path.join(self.folder, name)
                self.assertEqual(Recording(self.bench, "run").save(path, **options), path)
                with open(path, "rb") as file:
                    self.assertEqual(file.read(), whole)

    def test_a_file_is_whole_or_not_there(self) -> None:
        def breaking(exchange: Exchange) -> None:
            exchange.begin_stream()
            exchange.send(b"PAR1")

        self.routes["GET /recordings/run/data?format=parquet"] = breaking
        with self.assertRaises(ServerConnectionError):
            Recording(self.bench, "run").save(os.path.join(self.folder, "run.parquet"))
        self.assertEqual(os.listdir(self.folder), [])

    def test_an_ending_without_a_format_is_refused(self) -> None:
        with self.assertRaisesRegex(ValueError, "name a format"):
            Recording(self.bench, "run").save("run.dat")


class ListTest(RecordingsCase):
    def test_they_are_a_list_whose_items_have_ids(self) -> None:
        found = self.bench.recordings
        self.assertEqual([each.id for each in found], ["old", "run"])
        self.assertEqual(len(found), 2)
        self.assertEqual(found[-1], found["run"])
        self.assertEqual([each.id for each in found[:1]], ["old"])
        self.assertIn("old", found)
        self.assertIn(found["run"], found)
        self.assertNotIn("nix", found)
        self.assertEqual(found._ipython_key_completions_(), ["old", "run"])

    def test_an_unknown_one_is_a_key_error_with_the_servers_message(self) -> None:
        self.routes["GET /recordings/nix"] = (404, refusal("RecordingNotFound", 'Cannot find recording "nix"'))
        with self.assertRaises(KeyError) as raised:
            self.bench.recordings["nix"]
        self.assertIsInstance(raised.exception, ServerAPIError)
        self.assertEqual(str(raised.exception), 'Cannot find recording "nix"')

    def test_one_is_started_noted_stopped_and_deleted(self) -> None:
        self.routes["POST /recordings"] = (201, RUN)
        self.routes["POST /recordings/run/notes"] = RUN
        self.routes["POST /recordings/run/stop"] = RUN
        self.routes["DELETE /recordings/run"] = {}
        run = self.bench.recordings.start("run", ["daq1"], until="10min")
        self.assertIsInstance(run, Recording)
        run.add_note("hot").stop().delete()
        self.assertEqual(self.bodies[:2], [{"name": "run", "devices": ["daq1"], "until": "10min"}, {"text": "hot"}])
        self.assertEqual(self.asked[-1], "DELETE /recordings/run")


class DataTest(RecordingsCase):
    def test_events_are_as_they_were_streamed_with_exact_integers(self) -> None:
        self.record(DESCRIPTOR, data(0, BIG), GAP, query="?devices=daq1")
        events = list(self.bench.recordings["run"].events(["daq1"]))
        self.assertEqual(events, [DESCRIPTOR, data(0, BIG), GAP])

    def test_collected_samples_have_units_gaps_and_times_by_device(self) -> None:
        self.record(DESCRIPTOR, data(0, {"volts": 1.5}), GAP, data(6, {"volts": 2}), data(0, 7, "daq2", dt=0.5))
        found = self.bench.recordings["run"].collect()
        values = {device_id: each.values for device_id, each in found.items()}
        self.assertEqual(values, {"daq1": [{"volts": 1.5}, {"volts": 2}], "daq2": [7]})
        self.assertEqual(found["daq1"].units, {"volts": "V"})
        self.assertEqual([gap.lost for gap in found["daq1"].gaps], [5])
        self.assertEqual(found["daq1"][1].timestamp.microsecond, 1)
        self.assertEqual(found["daq2"][0].dt, 0.5)

    def test_a_part_that_cannot_be_read_is_a_warning(self) -> None:
        self.record({"event": "broken", "message": "000001.sqlite: no"}, data(0, 1))
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            found = self.bench.recordings["run"].collect()
        self.assertEqual(found["daq1"].values, [1])
        self.assertIn("000001.sqlite", " ".join(str(each.message) for each in caught))


@unittest.skipIf(numpy_or_none() is None, "NumPy is not installed")
class NumPyTest(RecordingsCase):
    def test_one_device_is_an_array_with_what_it_is_of(self) -> None:
        self.record(DESCRIPTOR, data(0, {"volts": 1.5}), data(1, {"volts": 2.5}), query="?devices=daq1")
        array = self.bench.recordings["run"].to_numpy()
        self.assertEqual(array["volts"].tolist(), [1.5, 2.5])
        self.assertEqual((array.attrs["units"], array.attrs["sequence"].tolist()), ({"volts": "V"}, [0, 1]))
        self.assertEqual(str(array.attrs["timestamp"][1]), "2026-11-26T08:00:01.000001")
        self.assertEqual(array.attrs["recording"]["tags"], ["cold"])

    def test_integers_that_a_float_would_round_are_objects(self) -> None:
        self.record(data(0, BIG), data(1, None), query="?devices=daq1")
        self.assertEqual(self.bench.recordings["run"].to_numpy().tolist(), [BIG, None])
        self.record(data(0, BIG), data(1, -BIG), query="?devices=daq1")
        exact = self.bench.recordings["run"].to_numpy()
        self.assertEqual((str(exact.dtype), exact.tolist()), ("int64", [BIG, -BIG]))

    def test_of_several_devices_one_is_to_be_named(self) -> None:
        contents: List[Any] = [{"device_id": "daq1"}, {"device_id": "daq2"}]
        self.routes["GET /recordings/run"] = {**RUN, "contents": contents}
        with self.assertRaisesRegex(ValueError, "name one of its devices, daq1, daq2"):
            self.bench.recordings["run"].to_numpy()


@unittest.skipIf(pandas is None, "pandas is not installed")
class PandasTest(RecordingsCase):
    def test_a_frame_has_the_devices_numbers_channels_and_attrs(self) -> None:
        self.record(DESCRIPTOR, data(0, {"volts": 1.5}), GAP, data(6, {"volts": 2}), data(0, {"count": BIG}, "daq2"))
        frame = self.bench.recordings["run"].to_pandas()
        self.assertEqual(list(frame.columns), ["device_id", "sequence", "volts", "count"])
        self.assertEqual(list(frame["device_id"]), ["daq1", "daq1", "daq2"])
        self.assertEqual(list(frame["sequence"]), [0, 6, 0])
        self.assertEqual((str(frame["count"].dtype), frame["count"].iloc[2]), ("Int64", BIG))
        self.assertEqual(str(frame.index[1]), "2026-11-26 08:00:06.000001+00:00")
        self.assertEqual(frame.attrs["units"], {"daq1": {"volts": "V"}, "daq2": {}})
        self.assertEqual([gap["lost"] for gap in frame.attrs["gaps"]["daq1"]], [5])
        self.assertEqual(frame.attrs["recording"]["recording_id"], "run")

    def test_without_samples_it_is_empty(self) -> None:
        self.record(DESCRIPTOR)
        self.assertEqual(len(self.bench.recordings["run"].to_pandas()), 0)


if __name__ == "__main__":
    unittest.main()
