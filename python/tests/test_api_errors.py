from __future__ import annotations

import pickle
from typing import Any, Callable, List

from labdaemon.server import (
    DeviceError,
    DeviceNotConnectedError,
    DeviceNotFoundError,
    DeviceTimeoutError,
    InvalidRequestError,
    ServerAPI,
    ServerAPIError,
)

from .scripted_server import Script
from .scripts import answering, error_body
from .server_case import ServerCase


class APIErrorsTest(ServerCase):
    def refuse(self, status: int, body: Any, call: Callable[[ServerAPI], Any]) -> ServerAPIError:
        server = self.serve(answering(status, body))
        with self.assertRaises(ServerAPIError) as caught:
            call(ServerAPI(server.url))
        return caught.exception

    def test_an_error_has_all_fields_of_the_servers_answer(self) -> None:
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

    def test_a_refusal_without_a_message_names_the_request(self) -> None:
        bodies: List[Any] = ["<h1>Bad gateway</h1>", None, [], {"error": "text"}]
        for body in bodies:
            with self.subTest(body=body):
                error = self.refuse(502, body, lambda api: api.get_device("daq1"))
                self.assertRegex(str(error), r"Cannot GET http://127.*/devices/daq1: .* status 502")

    def test_an_answer_of_another_server_is_an_error_with_its_status(self) -> None:
        for content in (b"<html>", b"[1]", b"\xff"):
            server = self.serve(saying(content))
            with self.assertRaisesRegex(ServerAPIError, "the answer is not a LabDaemon's, found status 200 "):
                ServerAPI(server.url).info()
        server = self.serve(answering(200, {"devices": {}}))
        with self.assertRaisesRegex(ServerAPIError, 'expected a list "devices"'):
            ServerAPI(server.url).list_devices()

    def test_airplay_on_the_port_is_named_by_its_server_header_and_first_bytes(self) -> None:
        head = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 6\r\nServer: AirTunes/870.14.1\r\n\r\n<html>"
        server = self.serve(lambda exchange: exchange.sock.sendall(head))
        with self.assertRaises(ServerAPIError) as raised:
            ServerAPI(server.url).list_devices()
        found = "server AirTunes/870.14.1, status 403 '<html>'"
        self.assertEqual(raised.exception.context, {"found": found})
        self.assertTrue(str(raised.exception).endswith(f"/devices: the answer is not a LabDaemon's, found {found}"))
        self.assertEqual((raised.exception.status, raised.exception.type), (403, "UnexpectedAnswer"))

    def test_json_of_another_server_is_not_an_answer(self) -> None:
        for body in ({}, {"detail": "ok"}, []):
            server = self.serve(answering(200, body))
            with self.assertRaisesRegex(ServerAPIError, "the answer is not a LabDaemon's"):
                ServerAPI(server.url).list_devices()

    def test_no_recorded_error_is_none_and_clearing_it_is_fine(self) -> None:
        body = error_body("NoError", "404: no error is recorded")
        server = self.serve(*[answering(404, body)] * 2)
        api = ServerAPI(server.url)
        self.assertIsNone(api.get_device_error("daq1"))
        self.assertEqual(api.clear_device_error("daq1"), {"status": "cleared", "device_id": "daq1"})

    def test_the_error_of_an_unknown_device_is_an_exception_not_none(self) -> None:
        body = error_body("DeviceNotFound", "gone")
        self.assertIsInstance(self.refuse(404, body, lambda api: api.get_device_error("x")), DeviceNotFoundError)
        self.assertIsInstance(self.refuse(404, body, lambda api: api.clear_device_error("x")), DeviceNotFoundError)


def saying(content: bytes) -> Script:
    return lambda exchange: exchange.answer(200, content)
