from __future__ import annotations

import json
from typing import Any, List

from labdaemon.server import CallCancelledError, CommandExpiredError, DeviceTimeoutError, ServerAPI
from labdaemon.server.daemon_clock import DaemonClock

from .scripted_server import Exchange, Script
from .scripts import answering
from .server_case import ServerCase

ACCEPTED = {"call_id": "c1", "status": "running"}
RUNNING = {"call_id": "c1", "status": "running", "progress": {"fraction": 0.5, "text": "half"}}
DONE = {"call_id": "c1", "status": "done", "result": [1, 2]}
EXPIRED = {"error": {"type": "CommandExpired", "message": "too old", "origin": "framework", "context": {}}}


def timed(clock: str, status: int, body: Any) -> Script:
    """An answer with the reading of the server's clock."""

    def script(exchange: Exchange) -> None:
        text = json.dumps(body).encode()
        head = f"HTTP/1.1 {status} Status\r\nX-Daemon-Clock: {clock}\r\nContent-Length: {len(text)}\r\n\r\n"
        exchange.sock.sendall(head.encode() + text)

    return script


def failed(kind: str) -> Any:
    error = {"type": kind, "message": f"it is {kind}", "origin": "framework", "context": {}}
    return {"call_id": "c1", "status": "failed", "error": error}


class CallTest(ServerCase):
    def test_a_long_call_is_followed_to_its_end(self) -> None:
        server = self.serve(answering(202, ACCEPTED), answering(200, RUNNING), answering(200, DONE))
        answer = ServerAPI(server.url).call_device_method("stage1", "home")
        self.assertEqual(answer, {"result": [1, 2], "success": True})
        asked = [server.next_request() for _ in range(3)]
        self.assertEqual([it.path for it in asked], ["/devices/stage1/call", "/calls/c1", "/calls/c1"])
        self.assertEqual([it.headers["Prefer"] for it in asked], ["respond-async, wait=20", "wait=20", "wait=20"])

    def test_a_short_limit_of_a_wait_makes_the_questions_short(self) -> None:
        server = self.serve(answering(202, ACCEPTED), answering(200, DONE))
        ServerAPI(server.url, timeout=5).call_device_method("stage1", "home")
        self.assertEqual(server.next_request().headers["Prefer"], "respond-async, wait=2")

    def test_progress_is_reported_once_each(self) -> None:
        server = self.serve(
            answering(202, ACCEPTED), answering(200, RUNNING), answering(200, RUNNING), answering(200, DONE)
        )
        seen: List[Any] = []
        ServerAPI(server.url).call_device_method(
            "stage1", "home", on_progress=lambda fraction, text: seen.append((fraction, text))
        )
        self.assertEqual(seen, [(0.5, "half")])

    def test_the_failure_of_a_long_call_has_its_class(self) -> None:
        for kind, expected in (("DeviceTimeout", DeviceTimeoutError), ("CallCancelled", CallCancelledError)):
            server = self.serve(answering(202, ACCEPTED), answering(200, failed(kind)))
            with self.assertRaisesRegex(expected, f"it is {kind}"):
                ServerAPI(server.url).call_device_method("stage1", "home")

    def test_calls_and_safe_states_have_their_requests(self) -> None:
        results = {"results": [{"device_id": "stage1", "ok": True}]}
        rows: List[Any] = [
            (lambda api: api.start_call("stage1", "home"), "POST /devices/stage1/call", {"method": "home"}, ACCEPTED),
            (lambda api: api.get_call("c1"), "GET /calls/c1", None, RUNNING),
            (lambda api: api.list_calls()["calls"], "GET /calls", None, {"calls": [RUNNING]}),
            (lambda api: api.cancel_call("c1"), "DELETE /calls/c1", None, DONE),
            (lambda api: api.make_device_safe("stage1", "smoke"), "POST /devices/stage1/safe", {"reason": "smoke"}, results),
            (lambda api: api.make_safe()[0], "POST /safe", {"reason": None}, results),
            (
                lambda api: api.create_device("d", "T", {"a": 1}, {"limits": {"call": "2min"}}),
                "POST /devices",
                {"device_id": "d", "device_type": "T", "params": {"a": 1}, "limits": {"call": "2min"}},
                {"device_id": "d"},
            ),
        ]
        for call, request, body, answer in rows:
            with self.subTest(request):
                server = self.serve(answering(200, answer))
                found = call(ServerAPI(server.url))
                asked = server.next_request()
                self.assertEqual(f"{asked.method} {asked.path}", request)
                self.assertEqual(json.loads(asked.body) if asked.body else None, body)
                only = answer.get("results", answer.get("calls"))
                self.assertEqual(found, answer if only is None else only if isinstance(found, list) else only[0])


class ValidityTest(ServerCase):
    def test_a_command_says_when_it_was_asked_and_how_long_it_is_valid(self) -> None:
        server = self.serve(timed("k3f9-5000", 200, {"status": "healthy"}), answering(200, {"device_id": "daq1"}))
        api = ServerAPI(server.url, valid_for=2.5)
        api.health()
        api.connect_device("daq1")
        first, second = server.next_request(), server.next_request()
        self.assertIsNone(first.headers["X-Asked-At"])
        self.assertRegex(second.headers["X-Asked-At"], r"^k3f9-5\d\d\d$")
        self.assertEqual(second.headers["X-Valid-For"], "2.5")

    def test_a_command_that_only_the_server_holds_for_old_is_sent_once_more(self) -> None:
        server = self.serve(timed("new-7", 409, EXPIRED), timed("new-9", 200, {"device_id": "daq1"}))
        ServerAPI(server.url).connect_device("daq1")
        server.next_request()
        self.assertRegex(server.next_request().headers["X-Asked-At"], r"^new-\d+$")

    def test_a_command_that_is_refused_again_raises(self) -> None:
        server = self.serve(timed("new-7", 409, EXPIRED), timed("new-9", 409, EXPIRED))
        with self.assertRaises(CommandExpiredError):
            ServerAPI(server.url).connect_device("daq1")

    def test_without_validity_nothing_is_said_of_it(self) -> None:
        server = self.serve(answering(200, {"device_id": "daq1"}))
        ServerAPI(server.url, valid_for=None).connect_device("daq1")
        self.assertIsNone(server.next_request().headers["X-Valid-For"])

    def test_the_clock_never_makes_a_command_older_than_it_is(self) -> None:
        clock = DaemonClock()
        self.assertIsNone(clock.at(0))
        clock.read("k3f9-120000", 1, 21)  # the answer took 20 s, and the clock was read at its end
        self.assertEqual(clock.at(21), "k3f9-140000")
        clock.read("k3f9-120010", 21.005, 21.02)
        self.assertEqual(clock.at(21.02), "k3f9-120025")
        clock.read("k3f9-130000", 22, 31.02)  # a slower answer does not replace it
        self.assertEqual(clock.at(31.02), "k3f9-130025")
        clock.read("nothing", 0, 0)
        clock.read(None, 0, 0)
        self.assertEqual(clock.at(31.02), "k3f9-130025")
