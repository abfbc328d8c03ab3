from __future__ import annotations

import json
from typing import Any, List

from labdaemon.server import ForbiddenError, ServerAPI, SSEClient, TooManyRequestsError, UnauthorizedError

from .scripted_server import Exchange
from .scripts import answering, error_body, frame, playing
from .server_case import ServerCase
from .stream_case import StreamCase, wait_for_threads

TOKEN = {"name": "alice", "scope": "read", "token": "lab_x"}
PAGE = {"entries": [], "next": None}
TICKET = {"ticket": "lab_t", "expires_at": "2026-11-22T06:25:52.000000Z"}
SESSION = {"name": "alice", "scope": "control", "devices": None, "csrf_token": "lab_c"}

# call, request, body of the request, answer, result
ROWS: List[Any] = [
    (lambda api: api.session(), "GET /session", None, SESSION, SESSION),
    (
        lambda api: api.create_ticket("/stream/devices/daq1", "control"),
        "POST /tickets",
        {"path": "/stream/devices/daq1", "scope": "control"},
        TICKET,
        TICKET,
    ),
    (lambda api: api.list_tokens(), "GET /tokens", None, {"tokens": [TOKEN]}, [TOKEN]),
    (lambda api: api.create_token("alice"), "POST /tokens", {"name": "alice", "scope": "read"}, TOKEN, TOKEN),
    (
        lambda api: api.create_token("alice", "control", devices=("psu*",), expires_in="30d"),
        "POST /tokens",
        {"name": "alice", "scope": "control", "devices": ["psu*"], "expires_in": "30d"},
        TOKEN,
        TOKEN,
    ),
    (lambda api: api.revoke_token("a@b"), "DELETE /tokens/a%40b", None, None, None),
    (lambda api: api.rotate_token("alice"), "POST /tokens/alice/rotate", {}, TOKEN, TOKEN),
    (lambda api: api.audit(), "GET /audit?limit=100", None, PAGE, PAGE),
    (
        lambda api: api.audit(limit=5, before="900", who="alice", since="2026-11-22T06:25:52Z"),
        "GET /audit?limit=5&before=900&who=alice&since=2026-11-22T06%3A25%3A52Z",
        None,
        PAGE,
        PAGE,
    ),
]


def empty(exchange: Exchange) -> None:
    exchange.answer(204)


class AccessMethodsTest(ServerCase):
    def test_each_method_sends_its_request(self) -> None:
        for call, request, sent, answer, result in ROWS:
            with self.subTest(request):
                server = self.serve(empty if answer is None else answering(200, answer))
                self.assertEqual(call(ServerAPI(server.url)), result)
                seen = server.next_request()
                self.assertEqual(f"{seen.method} {seen.path}", request)
                self.assertEqual(json.loads(seen.body) if seen.body else None, sent)

    def test_a_session_takes_the_place_of_the_token_until_it_is_closed(self) -> None:
        def opened(exchange: Exchange) -> None:
            body = json.dumps(SESSION).encode()
            head = f"HTTP/1.1 200 OK\r\nSet-Cookie: labdaemon_5000=lab_id; Path=/; HttpOnly\r\nContent-Length: {len(body)}\r\n\r\n"
            exchange.sock.sendall(head.encode() + body)

        devices = answering(200, {"devices": []})
        server = self.serve(opened, devices, empty, devices)
        api = ServerAPI(server.url, token="lab_x")
        api.open_session("lab_x")
        api.list_devices()
        api.close_session()
        api.list_devices()
        names = ("Authorization", "Cookie", "X-CSRF-Token", "Origin")
        token = ("Bearer lab_x", None, None, None)
        session = (None, "labdaemon_5000=lab_id", "lab_c", server.url)
        requests = [server.next_request() for _ in range(4)]
        found = [tuple(request.headers.get(name) for name in names) for request in requests]
        self.assertEqual(found, [token, session, session, token])

    def test_refusals_have_classes_of_their_own(self) -> None:
        for status, kind, expected in (
            (401, "Unauthorized", UnauthorizedError),
            (403, "Forbidden", ForbiddenError),
            (429, "TooManyRequests", TooManyRequestsError),
        ):
            with self.subTest(kind):
                server = self.serve(answering(status, error_body(kind, "no")))
                self.assertRaises(expected, ServerAPI(server.url).list_tokens)


class TicketTest(StreamCase):
    def test_a_stream_gets_a_ticket_for_each_connection(self) -> None:
        server = self.serve(answering(503), playing(frame(0)))
        asked: List[str] = []

        def ticket(path: str) -> str:
            asked.append(path)
            if len(asked) == 1:
                raise RuntimeError("not now")
            return f"lab_{len(asked)}"

        client = SSEClient(server.url, on_event=self.events.put, ticket=ticket)
        self.addCleanup(wait_for_threads)
        self.addCleanup(client.stop_stream)
        with self.assertLogs("labdaemon.server", "WARNING"):
            client.start_device_stream("daq1", max_rate=5)
            self.assertEqual(self.next_event()["sequence"], 0)
        client.stop_stream()
        self.assertEqual(asked, ["/stream/devices/daq1"] * 3)
        paths = [server.next_request().path for _ in range(2)]
        self.assertEqual(paths, [f"/stream/devices/daq1?max_rate=5&ticket=lab_{i}" for i in (2, 3)])
