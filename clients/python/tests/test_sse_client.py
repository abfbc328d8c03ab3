from __future__ import annotations

import json
import logging
import queue
import threading
import unittest
from typing import Any, Dict, List
from unittest import mock
from urllib.parse import parse_qs, urlsplit

from labdaemon.server import SSEClient

from .scripted_server import LIMIT, Exchange, Script, ScriptedServer, error_body, frame

logger = logging.getLogger("labdaemon.server")

STATE = (
    b'event: device_state\ndata: {"event":"device_state","device_id":"daq1","timestamp":"t","state":"streaming"}\n\n'
)


class SSEClientTest(unittest.TestCase):
    def setUp(self) -> None:
        patch = mock.patch("labdaemon.server.backoff.FIRST_DELAY", 0.01)
        patch.start()
        self.addCleanup(patch.stop)
        self.events: "queue.Queue[Dict[str, Any]]" = queue.Queue()

    def serve(self, *scripts: Script) -> ScriptedServer:
        server = ScriptedServer(*scripts)
        server.listen()
        self.addCleanup(server.close)
        return server

    def client(self, url: str, on_event: Any = None) -> SSEClient:
        client = SSEClient(url, on_event=on_event or self.events.put)
        self.addCleanup(wait_for_threads)
        self.addCleanup(client.stop_stream)
        return client

    def next_event(self) -> Dict[str, Any]:
        return self.events.get(timeout=LIMIT)

    def next_sequences(self, count: int) -> List[int]:
        return [self.next_event()["sequence"] for _ in range(count)]

    # Events

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

    def test_options_travel_in_the_query(self) -> None:
        server = self.serve(playing())
        client = self.client(server.url)
        client.start_device_stream(
            "daq 1", since="k3f9-7", max_rate=20, sample_rate=100.5, fast=True, on=[1, 2], gain=None
        )
        url = urlsplit(server.next_request().path)
        self.assertEqual(url.path, "/stream/devices/daq%201")
        expected = {"since": ["k3f9-7"], "max_rate": ["20"], "sample_rate": ["100.5"], "fast": ["true"], "on": ["1,2"]}
        self.assertEqual(parse_qs(url.query), expected)

    # Reconnecting

    def test_a_connection_cut_inside_an_event_is_resumed_after_the_last_whole_one(self) -> None:
        def cut(exchange: Exchange) -> None:
            exchange.begin_stream()
            exchange.send(frame(0) + frame(1) + frame(2)[:-1])

        server = self.serve(cut, playing(frame(2) + frame(3)))
        with self.assertLogs("labdaemon.server", "WARNING"):
            client = self.client(server.url)
            client.start_device_stream("daq1", sample_rate=100)
            self.assertEqual(self.next_sequences(4), [0, 1, 2, 3])
        first, second = server.next_request(), server.next_request()
        self.assertIsNone(first.headers["Last-Event-ID"])
        self.assertEqual(second.headers["Last-Event-ID"], "k3f9-1")
        self.assertEqual(second.path, "/stream/devices/daq1?sample_rate=100")
        self.assertEqual(client.last_event_id, "k3f9-3")

    def test_since_opens_the_stream_and_last_event_id_reopens_it(self) -> None:
        server = self.serve(refusing(503), ending(STATE), playing(frame(8)))
        with self.assertLogs("labdaemon.server", "WARNING"):
            self.client(server.url).start_device_stream("daq1", since="k3f9-7")
            self.assertEqual([self.next_event()["event"] for _ in range(2)], ["device_state", "device_data"])
        requests = [server.next_request() for _ in range(3)]
        self.assertEqual([r.headers["Last-Event-ID"] for r in requests], [None, None, "k3f9-7"])
        self.assertEqual(["since" in r.path for r in requests], [True, True, False])

    def test_a_server_that_is_down_is_awaited_with_one_warning(self) -> None:
        server = ScriptedServer(playing(frame(5)))
        with LogAwaiter() as log:
            client = self.client(server.url)
            client.start_device_stream("daq1")
            log.wait("refused", times=3)
            server.listen()
            self.assertEqual(self.next_sequences(1), [5])
            client.stop_stream()
        server.close()
        levels = [record.levelname for record in log.records]
        self.assertEqual(levels.count("WARNING"), 1)
        self.assertEqual(levels[-1], "INFO")

    def test_a_silent_peer_counts_as_lost(self) -> None:
        with mock.patch("labdaemon.server.sse_connection.READ_TIMEOUT", 0.05):
            server = self.serve(playing(frame(0)), playing(frame(1)))
            with self.assertLogs("labdaemon.server", "WARNING"):
                self.client(server.url).start_device_stream("daq1")
                self.assertEqual(self.next_sequences(2), [0, 1])
        self.assertEqual([server.next_request().headers["Last-Event-ID"] for _ in range(2)], [None, "k3f9-0"])

    def test_an_answer_that_is_not_http_is_retried(self) -> None:
        server = self.serve(lambda exchange: exchange.sock.sendall(b"hello\r\n\r\n"), playing(frame(0)))
        with self.assertLogs("labdaemon.server", "WARNING"):
            self.client(server.url).start_device_stream("daq1")
            self.assertEqual(self.next_sequences(1), [0])

    # Refusals

    def test_an_unknown_device_is_told_once_and_followed_when_it_is_added(self) -> None:
        missing = refusing(404, error_body("DeviceNotFound", 'Cannot find device "daq1"'))
        server = self.serve(missing, missing, missing, playing(frame(0)))
        client = self.client(server.url)
        client.start_device_stream("daq1")
        told, data = self.next_event(), self.next_event()
        self.assertEqual((told["event"], told["device_id"]), ("stream_error", "daq1"))
        self.assertEqual(told["error"]["type"], "DeviceNotFound")
        self.assertEqual(told["error"]["message"], 'Cannot find device "daq1"')
        self.assertEqual(told["data"]["error"], told["error"])
        self.assertEqual(data["sequence"], 0)

    def test_a_device_that_goes_missing_again_is_told_again(self) -> None:
        missing = refusing(404, error_body("DeviceNotFound", "gone"))
        server = self.serve(missing, ending(frame(0)), missing, missing, playing(frame(1)))
        with self.assertLogs("labdaemon.server", "WARNING"):
            self.client(server.url).start_device_stream("daq1")
            kinds = [self.next_event()["event"] for _ in range(4)]
        self.assertEqual(kinds, ["stream_error", "device_data", "stream_error", "device_data"])

    def test_a_page_instead_of_a_stream_is_told_and_retried(self) -> None:
        page = lambda exchange: exchange.answer(200, b"<h1>Maintenance</h1>", "text/html")  # noqa: E731
        server = self.serve(page, page, playing(frame(0)))
        self.client(server.url).start_device_stream("daq1")
        self.assertIn("expected text/event-stream, found text/html", self.next_event()["error"]["message"])
        self.assertEqual(self.next_sequences(1), [0])

    def test_any_other_refusal_is_told_once_and_ends_the_stream(self) -> None:
        for status, kind in [(400, "InvalidRequest"), (403, "ForbiddenOrigin"), (410, "Gone")]:
            with self.subTest(kind):
                server = self.serve(refusing(status, error_body(kind, "no")))
                client = self.client(server.url)
                client.start_device_stream("daq1", sample_rate=-1)
                self.assertEqual(self.next_event()["error"]["type"], kind)
                wait_for_threads()
                self.assertFalse(client.is_running())
                self.assertTrue(self.events.empty())

    def test_not_now_is_retried_without_a_word_to_on_event(self) -> None:
        server = self.serve(refusing(503), refusing(429), refusing(500), playing(frame(0)))
        with self.assertLogs("labdaemon.server", "WARNING") as logs:
            self.client(server.url).start_device_stream("daq1")
            self.assertEqual(self.next_sequences(1), [0])
        self.assertEqual(len(logs.output), 1)

    # Starting and stopping

    def test_stopping_is_prompt_while_the_server_is_silent(self) -> None:
        server = self.serve(playing(frame(0)))
        client = self.client(server.url)
        self.assertFalse(client.is_running())
        client.start_device_stream("daq1")
        self.next_event()
        self.assertTrue(client.is_running())
        self.assertTrue(client.stop_stream())
        self.assertFalse(client.is_running())
        wait_for_threads()
        self.assertTrue(client.stop_stream(), "stopping twice is fine")
        self.assertEqual(client.last_event_id, "k3f9-0")

    def test_stopping_is_prompt_while_the_server_has_not_answered(self) -> None:
        server = self.serve(Exchange.wait_until_client_leaves)
        client = self.client(server.url)
        client.start_device_stream("daq1")
        server.next_request()
        client.stop_stream()
        wait_for_threads()

    def test_stopping_is_prompt_between_two_attempts(self) -> None:
        server = self.serve(ending(b"retry: 999999999\n\n" + frame(0)))
        with mock.patch("labdaemon.server.backoff.LONGEST_DELAY", 3600.0), LogAwaiter() as log:
            client = self.client(server.url)
            client.start_device_stream("daq1")
            log.wait("the server ended it")
            client.stop_stream()
            wait_for_threads()

    def test_nothing_arrives_after_stopping_though_more_is_there(self) -> None:
        entered, gate = threading.Event(), threading.Event()
        self.addCleanup(gate.set)

        def on_event(event: Dict[str, Any]) -> None:
            self.events.put(event)
            entered.set()
            gate.wait(LIMIT)

        server = self.serve(playing(frame(0) + frame(1) + frame(2)))
        client = self.client(server.url, on_event)
        client.start_device_stream("daq1")
        entered.wait(LIMIT)
        self.assertFalse(client.stop_stream(timeout=0), "a call is still running, and stop_stream says so")
        gate.set()
        self.assertTrue(client.stop_stream(timeout=None))
        wait_for_threads()
        self.assertEqual(self.next_sequences(1), [0])
        self.assertTrue(self.events.empty())

    def test_on_event_may_stop_the_stream_and_the_rest_can_be_resumed(self) -> None:
        def on_event(event: Dict[str, Any]) -> None:
            self.events.put(event)
            if event["sequence"] == 1:
                client.stop_stream()

        server = self.serve(playing(frame(0) + frame(1) + frame(2)), playing(frame(2)))
        client = self.client(server.url, on_event)
        client.start_device_stream("daq1")
        wait_for_threads()
        self.assertEqual(client.last_event_id, "k3f9-1")
        client.start_device_stream("daq1", since=client.last_event_id)
        self.assertEqual(self.next_sequences(3), [0, 1, 2])
        server.next_request()
        self.assertEqual(server.next_request().path, "/stream/devices/daq1?since=k3f9-1")

    def test_starting_another_stream_stops_the_one_that_runs(self) -> None:
        server = self.serve(playing(frame(0)), playing(frame(100)))
        client = self.client(server.url)
        client.start_device_stream("daq1")
        self.assertEqual(self.next_sequences(1), [0])
        client.start_device_stream("daq2")
        self.assertEqual(self.next_sequences(1), [100])
        self.assertEqual(
            [server.next_request().path for _ in range(2)], ["/stream/devices/daq1", "/stream/devices/daq2"]
        )
        wait_for_threads("daq1")

    def test_starting_returns_at_once_with_nobody_listening_and_leaving_the_block_stops(self) -> None:
        with LogAwaiter() as log:
            with SSEClient("http://127.0.0.1:9") as client:
                client.start_device_stream("daq1")
                self.assertTrue(client.is_running())
                log.wait("refused")
            self.assertFalse(client.is_running())
            wait_for_threads()

    def test_ten_thousand_events_in_one_go_all_arrive_in_order(self) -> None:
        server = self.serve(playing(b"".join(frame(i) for i in range(10_000))))
        self.client(server.url).start_device_stream("daq1")
        self.assertEqual(self.next_sequences(10_000), list(range(10_000)))

    def test_an_empty_device_id_is_refused(self) -> None:
        with self.assertRaisesRegex(ValueError, "Cannot address device ''"):
            SSEClient().start_device_stream("")


class LogAwaiter(logging.Handler):
    """Keeps what the client logs, and lets a test wait for a line instead of sleeping."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.records: List[logging.LogRecord] = []
        self._changed = threading.Condition()

    def emit(self, record: logging.LogRecord) -> None:
        with self._changed:
            self.records.append(record)
            self._changed.notify_all()

    def wait(self, text: str, times: int = 1) -> None:
        with self._changed:
            if not self._changed.wait_for(lambda: self._count(text) >= times, LIMIT):
                raise AssertionError(f"{text!r} was logged {self._count(text)} times, not {times}")

    def _count(self, text: str) -> int:
        return sum(text in record.getMessage() for record in self.records)

    def __enter__(self) -> LogAwaiter:
        logger.addHandler(self)
        self._before = (logger.level, logger.propagate)
        logger.setLevel(logging.DEBUG)
        logger.propagate = False
        return self

    def __exit__(self, *exception: object) -> None:
        logger.level, logger.propagate = self._before
        logger.removeHandler(self)


def playing(*pieces: bytes) -> Script:
    """A stream that sends these chunks, and is silent until the client leaves."""

    def script(exchange: Exchange) -> None:
        exchange.begin_stream()
        for piece in pieces:
            exchange.send(piece)
        exchange.wait_until_client_leaves()

    return script


def ending(*pieces: bytes) -> Script:
    """A stream that sends these chunks and ends as it should."""

    def script(exchange: Exchange) -> None:
        exchange.begin_stream()
        for piece in pieces:
            exchange.send(piece)
        exchange.end_stream()

    return script


def refusing(status: int, body: Any = None) -> Script:
    return lambda exchange: exchange.answer(status, json.dumps(body).encode())


def wait_for_threads(device_id: str = "") -> None:
    """Every stream's thread (of this device) must end now: one that does not is a leak."""
    for thread in threading.enumerate():
        if thread.name.startswith(f"labdaemon-stream-{device_id}"):
            thread.join(LIMIT)
            if thread.is_alive():
                raise AssertionError(f"{thread.name} still runs")
