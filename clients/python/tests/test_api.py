from __future__ import annotations

import json
import os
import pickle
import socket
import unittest
from typing import Any, Callable, List
from unittest import mock

from labdaemon.server import (
    DeviceError,
    DeviceNotConnectedError,
    DeviceNotFoundError,
    DeviceTimeoutError,
    InvalidRequestError,
    ServerAPI,
    ServerAPIError,
    ServerConnectionError,
)

from .scripted_server import Exchange, Script, ScriptedServer, error_body

DEVICE = {"device_id": "daq1", "state": "connected"}
STOPPED = {"status": "stopped", "device_id": "daq1"}
ERROR_REPORT = {"type": "Boom", "message": "it burns", "origin": "device"}


# What each method asks, and what it makes of the answer.
ROWS: List[Any] = [
    # call, request, body of the request, answer, result
    (lambda api: api.info(), "GET /", None, {"name": "LabDaemon"}, {"name": "LabDaemon"}),
    (lambda api: api.health(), "GET /health", None, {"status": "healthy"}, {"status": "healthy"}),
    (lambda api: api.list_drivers(), "GET /drivers", None, {"drivers": [{"name": "A"}]}, [{"name": "A"}]),
    (lambda api: api.list_devices(), "GET /devices", None, {"devices": [DEVICE]}, [DEVICE]),
    (lambda api: api.get_device("daq1"), "GET /devices/daq1", None, DEVICE, DEVICE),
    (lambda api: api.get_device("a/b ü?"), "GET /devices/a%2Fb%20%C3%BC%3F", None, DEVICE, DEVICE),
    (
        lambda api: api.add_device("daq1", "StreamingDAQ", high=5),
        "POST /devices",
        {"device_id": "daq1", "device_type": "StreamingDAQ", "params": {"high": 5}},
        DEVICE,
        DEVICE,
    ),
    (lambda api: api.remove_device("daq1"), "DELETE /devices/daq1", None, None, None),
    (lambda api: api.connect_device("daq1"), "POST /devices/daq1/connect", {}, DEVICE, DEVICE),
    (lambda api: api.disconnect_device("daq1"), "POST /devices/daq1/disconnect", {}, DEVICE, DEVICE),
    (lambda api: api.disable_device("daq1"), "POST /devices/daq1/disable", {}, DEVICE, DEVICE),
    (lambda api: api.enable_device("daq1"), "POST /devices/daq1/enable", {}, DEVICE, DEVICE),
    (
        lambda api: api.get_device_methods("daq1"),
        "GET /devices/daq1/methods",
        None,
        {"methods": [{"name": "set_high"}]},
        [{"name": "set_high"}],
    ),
    (
        lambda api: api.call_device_method("daq1", "set_high", [5], {"fast": True}),
        "POST /devices/daq1/call",
        {"method": "set_high", "args": [5], "kwargs": {"fast": True}},
        {"result": 5, "success": True},
        {"result": 5, "success": True},
    ),
    (
        lambda api: api.call_device_method("daq1", "home"),
        "POST /devices/daq1/call",
        {"method": "home"},
        {"result": None, "success": True},
        {"result": None, "success": True},
    ),
    (
        lambda api: api.start_stream("daq1", sample_rate=100),
        "POST /devices/daq1/stream/start",
        {"sample_rate": 100},
        DEVICE,
        DEVICE,
    ),
    (lambda api: api.stop_stream("daq1"), "POST /devices/daq1/stream/stop", {}, STOPPED, STOPPED),
    (
        lambda api: api.get_device_error("daq1"),
        "GET /devices/daq1/error",
        None,
        {"error": ERROR_REPORT},
        {"error": ERROR_REPORT, **ERROR_REPORT},
    ),
    (
        lambda api: api.clear_device_error("daq1"),
        "DELETE /devices/daq1/error",
        None,
        {"status": "cleared", "device_id": "daq1"},
        {"status": "cleared", "device_id": "daq1"},
    ),
]


class ServerAPITest(unittest.TestCase):
    def serve(self, *scripts: Script) -> ScriptedServer:
        server = ScriptedServer(*scripts)
        server.listen()
        self.addCleanup(server.close)
        return server

    def refuse(self, status: int, body: Any, call: Callable[[ServerAPI], Any]) -> ServerAPIError:
        server = self.serve(lambda exchange: exchange.answer_json(status, body))
        with self.assertRaises(ServerAPIError) as caught:
            call(ServerAPI(server.url))
        return caught.exception

    def test_each_method_asks_for_its_row_of_the_wire(self) -> None:
        for call, request, body, answer, result in ROWS:
            with self.subTest(request):
                server = self.serve(answering(answer))
                found = call(ServerAPI(server.url))
                asked = server.next_request()
                self.assertEqual(f"{asked.method} {asked.path}", request)
                self.assertEqual(json.loads(asked.body) if asked.body else None, body)
                self.assertEqual(asked.headers["Content-Type"], "application/json" if asked.body else None)
                self.assertIsNone(asked.headers["Origin"])
                self.assertEqual(found, result)

    def test_a_list_answers_to_its_name_on_the_wire_too(self) -> None:
        server = self.serve(lambda exchange: exchange.answer_json(200, {"devices": [DEVICE]}))
        devices = ServerAPI(server.url).list_devices()
        self.assertEqual([device["device_id"] for device in devices], ["daq1"])
        self.assertEqual(devices["devices"], [DEVICE])
        self.assertEqual(devices[0], DEVICE)

    def test_an_error_carries_all_that_the_server_said(self) -> None:
        body = error_body("DeviceNotConnected", 'Cannot call "x" on "daq1": it is disconnected')
        error = self.refuse(409, body, lambda api: api.call_device_method("daq1", "x"))
        self.assertIsInstance(error, DeviceNotConnectedError)
        self.assertEqual(str(error), 'Cannot call "x" on "daq1": it is disconnected')
        self.assertEqual((error.status, error.type, error.origin), (409, "DeviceNotConnected", "framework"))
        self.assertEqual(error.context, {"device_id": "daq1"})
        self.assertEqual(error.timestamp, "2026-11-22T06:25:52.123456Z")

    def test_each_type_of_error_has_its_class_and_unknown_ones_the_base(self) -> None:
        table = [
            (404, "DeviceNotFound", "framework", DeviceNotFoundError),
            (400, "InvalidRequest", "framework", InvalidRequestError),
            (504, "DeviceTimeout", "device", DeviceTimeoutError),
            (502, "VisaIOError", "device", DeviceError),
            (418, "Teapot", "framework", ServerAPIError),
        ]
        for status, kind, origin, expected in table:
            with self.subTest(kind):
                error = self.refuse(status, error_body(kind, "no", origin), lambda api: api.get_device("daq1"))
                self.assertIs(type(error), expected)
                self.assertEqual(error.type, kind)

    def test_an_error_survives_pickling_so_that_worker_processes_can_pass_it_on(self) -> None:
        error = self.refuse(404, error_body("DeviceNotFound", "gone"), lambda api: api.get_device("daq1"))
        copy = pickle.loads(pickle.dumps(error))
        self.assertEqual((type(copy), str(copy), copy.status), (DeviceNotFoundError, "gone", 404))

    def test_a_refusal_without_a_message_says_what_was_attempted(self) -> None:
        bodies: List[Any] = ["<h1>Bad gateway</h1>", None, [], {"error": "text"}]
        for body in bodies:
            with self.subTest(body=body):
                error = self.refuse(502, body, lambda api: api.get_device("daq1"))
                self.assertRegex(str(error), r"Cannot GET http://127.*/devices/daq1: .* status 502")

    def test_no_recorded_error_is_none_and_clearing_it_is_fine(self) -> None:
        body = error_body("NoError", "404: no error is recorded")
        server = self.serve(*[lambda exchange: exchange.answer_json(404, body)] * 2)
        api = ServerAPI(server.url)
        self.assertIsNone(api.get_device_error("daq1"))
        self.assertEqual(api.clear_device_error("daq1"), {"status": "cleared", "device_id": "daq1"})

    def test_the_error_of_an_unknown_device_is_an_exception_not_none(self) -> None:
        body = error_body("DeviceNotFound", "gone")
        self.assertIsInstance(self.refuse(404, body, lambda api: api.get_device_error("x")), DeviceNotFoundError)
        self.assertIsInstance(self.refuse(404, body, lambda api: api.clear_device_error("x")), DeviceNotFoundError)

    def test_nobody_listening_is_a_connection_error(self) -> None:
        with socket.socket() as deaf:
            deaf.bind(("127.0.0.1", 0))  # and never listens
            for host in ("127.0.0.1", "localhost"):
                with self.assertRaisesRegex(ServerConnectionError, "Cannot GET http://.*/health: .*refused"):
                    ServerAPI(f"http://{host}:{deaf.getsockname()[1]}").health()

    def test_silence_is_a_connection_error_after_the_timeout(self) -> None:
        server = self.serve(Exchange.wait_until_client_leaves)
        with self.assertRaisesRegex(ServerConnectionError, "timed out"):
            ServerAPI(server.url, timeout=0.05).health()

    def test_a_broken_answer_is_a_connection_error_and_the_command_is_sent_once(self) -> None:
        def break_off(exchange: Exchange) -> None:
            exchange.sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{")

        for script in (break_off, lambda exchange: None):
            server = self.serve(script, lambda exchange: exchange.answer_json(200, {"result": 1}))
            with self.assertRaises(ServerConnectionError):
                ServerAPI(server.url).call_device_method("daq1", "fire")
            server.next_request()
            self.assertTrue(server.requests.empty())

    def test_an_answer_that_is_not_the_servers_is_told_as_it_is(self) -> None:
        for content in (b"<html>", b"[1]", b"\xff"):
            server = self.serve(saying(content))
            with self.assertRaisesRegex(ServerAPIError, "expected a JSON object, found"):
                ServerAPI(server.url).info()
        server = self.serve(lambda exchange: exchange.answer_json(200, {}))
        with self.assertRaisesRegex(ServerAPIError, 'expected a list "devices"'):
            ServerAPI(server.url).list_devices()

    def test_numpy_values_may_be_arguments(self) -> None:
        class Array:  # what matters of numpy.ndarray here
            def tolist(self) -> List[float]:
                return [1.0, 2.0]

        server = self.serve(lambda exchange: exchange.answer_json(200, {"result": None}))
        ServerAPI(server.url).call_device_method("daq1", "load", args=[Array()])
        self.assertEqual(json.loads(server.next_request().body)["args"], [[1.0, 2.0]])

    def test_arguments_that_json_lacks_are_refused_before_anything_is_sent(self) -> None:
        api = ServerAPI("http://127.0.0.1:9")
        with self.assertRaisesRegex(ValueError, "Cannot POST http://127.0.0.1:9/devices/daq1/call"):
            api.call_device_method("daq1", "set_high", [float("nan")])
        with self.assertRaisesRegex(TypeError, "a value of type object is not JSON"):
            api.call_device_method("daq1", "set_high", [object()])

    def test_an_id_that_would_be_another_path_is_refused(self) -> None:
        for device_id in ("", ".", ".."):
            with self.assertRaisesRegex(ValueError, "Cannot address device"):
                ServerAPI().remove_device(device_id)

    def test_a_base_url_that_is_none_is_refused(self) -> None:
        for url in ("localhost:5000", "ftp://bench", "http://", "http://bench:x", "http://me@bench", "http://b/?q"):
            with self.subTest(url), self.assertRaisesRegex(ValueError, "as base_url: expected a URL"):
                ServerAPI(url)

    def test_a_base_url_may_have_a_path_and_a_last_slash(self) -> None:
        server = self.serve(lambda exchange: exchange.answer_json(200, {}))
        api = ServerAPI(server.url + "/bench/")
        self.assertEqual(api.base_url, server.url + "/bench")
        api.health()
        self.assertEqual(server.next_request().path, "/bench/health")

    def test_localhost_finds_a_server_on_the_ipv4_loopback_under_its_own_name(self) -> None:
        server = self.serve(lambda exchange: exchange.answer_json(200, {}))
        ServerAPI(f"http://localhost:{server.port}").health()
        self.assertEqual(server.next_request().headers["Host"], f"localhost:{server.port}")

    def test_a_proxy_of_the_environment_is_not_used(self) -> None:
        server = self.serve(lambda exchange: exchange.answer_json(200, {}))
        with mock.patch.dict(os.environ, {"http_proxy": "http://127.0.0.1:9", "HTTP_PROXY": "http://127.0.0.1:9"}):
            ServerAPI(server.url).health()

    def test_closing_is_harmless_also_twice(self) -> None:
        with ServerAPI() as api:
            self.assertEqual(api.base_url, "http://localhost:5000")
        api.close()


def answering(answer: Any) -> Script:
    return lambda exchange: exchange.answer(204) if answer is None else exchange.answer_json(200, answer)


def saying(content: bytes) -> Script:
    return lambda exchange: exchange.answer(200, content)
