from __future__ import annotations

from typing import Any, Dict, List

from .scripts import STATE, frame, playing
from .stream_case import StreamCase


class SSEEventsTest(StreamCase):
    def test_an_event_has_the_envelopes_fields_and_those_of_the_older_client(self) -> None:
        server = self.serve(playing(frame(42, 7.31)))
        self.client(server.url).start_device_stream("daq1")
        envelope = {
            "event": "device_data",
            "device_id": "daq1",
            "sequence": 42,
            "timestamp": "2026-11-22T06:25:52.123456Z",
            "payload": 7.31,
        }
        self.assertEqual(self.next_event(), {**envelope, "id": "k3f9-42", "data": envelope})
        request = server.next_request()
        self.assertEqual((request.method, request.path), ("GET", "/stream/devices/daq1"))
        self.assertEqual(request.headers["Accept"], "text/event-stream")

    def test_every_kind_of_event_reaches_on_event_in_order(self) -> None:
        gap = b'event: gap\ndata: {"event":"gap","device_id":"daq1","from":1,"to":3,"lost":3}\n\n'
        failure = b'event: stream_error\ndata: {"event":"stream_error","device_id":"daq1","error":{}}\n\n'
        server = self.serve(playing(STATE, frame(0), gap, failure))
        self.client(server.url).start_device_stream("daq1")
        events = [self.next_event() for _ in range(4)]
        self.assertEqual([e["event"] for e in events], ["device_state", "device_data", "gap", "stream_error"])
        self.assertEqual([e["id"] for e in events], [None, "k3f9-0", "k3f9-0", "k3f9-0"])
        self.assertEqual(events[2]["lost"], 3)

    def test_zero_null_false_and_empty_are_payloads(self) -> None:
        payloads: List[Any] = [0, None, False, "", [], {}]
        server = self.serve(playing(b"".join(frame(i, payload) for i, payload in enumerate(payloads))))
        self.client(server.url).start_device_stream("daq1")
        self.assertEqual([self.next_event()["payload"] for _ in payloads], payloads)

    def test_a_character_may_be_split_between_two_chunks(self) -> None:
        whole = frame(0, "µ🧪")
        cut = whole.index("🧪".encode()) + 2
        server = self.serve(playing(whole[:cut], whole[cut:]))
        self.client(server.url).start_device_stream("daq1")
        self.assertEqual(self.next_event()["payload"], "µ🧪")

    def test_an_event_that_is_not_json_is_logged_and_the_stream_goes_on(self) -> None:
        server = self.serve(playing(b"data: hello\n\ndata: [1]\n\n" + frame(1)))
        with self.assertLogs("labdaemon.server", "ERROR") as logs:
            self.client(server.url).start_device_stream("daq1")
            self.assertEqual(self.next_sequences(1), [1])
        self.assertEqual(len(logs.output), 2)

    def test_an_on_event_that_raises_is_logged_with_its_traceback_and_the_stream_goes_on(self) -> None:
        def on_event(event: Dict[str, Any]) -> None:
            self.events.put(event)
            if event["sequence"] == 0:
                raise KeyError("my mistake")

        server = self.serve(playing(frame(0), frame(1)))
        with self.assertLogs("labdaemon.server", "ERROR") as logs:
            self.client(server.url, on_event).start_device_stream("daq1")
            self.assertEqual(self.next_sequences(2), [0, 1])
        self.assertIn("Traceback", logs.output[0])
        self.assertIn("my mistake", logs.output[0])

    def test_ten_thousand_events_in_one_go_all_arrive_in_order(self) -> None:
        server = self.serve(playing(b"".join(frame(i) for i in range(10_000))))
        self.client(server.url).start_device_stream("daq1")
        self.assertEqual(self.next_sequences(10_000), list(range(10_000)))
