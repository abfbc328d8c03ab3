from __future__ import annotations

from typing import Any, List

from labdaemon.server import ServerAPI, ServerConnectionError

from .scripted_server import Exchange
from .server_case import ServerCase

RUN = {"recording_id": "run", "state": "recording"}


class RecordingTest(ServerCase):
    def test_recordings_have_their_requests(self) -> None:
        rows: List[Any] = [
            (
                lambda api: api.device_history("daq1", "2026-11-26T08:00:00Z", points=500, channels=["a.b", "c"]),
                "GET /devices/daq1/history?from=2026-11-26T08%3A00%3A00Z&points=500&channels=a.b%2Cc",
                None,
                {"channels": []},
                {"channels": []},
            ),
            (lambda api: api.list_recordings(), "GET /recordings", None, {"recordings": [RUN]}, [RUN]),
            (lambda api: api.get_recording("run"), "GET /recordings/run", None, RUN, RUN),
            (
                lambda api: api.start_recording("run", ["daq1"], until="10min"),
                "POST /recordings",
                {"name": "run", "devices": ["daq1"], "until": "10min"},
                RUN,
                RUN,
            ),
            (lambda api: api.stop_recording("run"), "POST /recordings/run/stop", {}, RUN, RUN),
            (lambda api: api.add_recording_note("run", "hot"), "POST /recordings/run/notes", {"text": "hot"}, RUN, RUN),
        ]
        self.check_requests(rows)

    def test_the_events_of_a_recording_come_one_by_one_with_exact_integers(self) -> None:
        lines = b'{"event":"recording"}\n{"event":"device_data","payload":9007199254740993}\n{"event":"gap","lost":2}\n'
        server = self.serve(lambda exchange: exchange.answer(200, lines, "application/jsonl"))
        events = ServerAPI(server.url).recording_events("run", ["daq1", "daq2"], start="2026-11-26T08:00:00Z")
        self.assertEqual(next(events)["payload"], 9007199254740993)
        self.assertEqual([event["event"] for event in events], ["gap"])
        asked = server.next_request()
        self.assertEqual(asked.path, "/recordings/run/data?devices=daq1%2Cdaq2&from=2026-11-26T08%3A00%3A00Z")

    def test_events_that_break_off_are_an_error(self) -> None:
        def breaking(exchange: Exchange) -> None:
            exchange.begin_stream()
            exchange.send(b'{"event":"recording"}\n{"event":"device_data","payload":1}\n')

        server = self.serve(breaking)
        with self.assertRaises(ServerConnectionError):
            list(ServerAPI(server.url).recording_events("run"))
