from __future__ import annotations

import json
from typing import Any, List

from labdaemon.server import ServerAPI

from .scripts import answering
from .server_case import ServerCase

DEVICE = {"device_id": "daq1", "state": "connected"}
STOPPED = {"status": "stopped", "device_id": "daq1"}
ERROR_REPORT = {"type": "Boom", "message": "it burns", "origin": "device"}


# The request of each method, and its result for an answer.
ROWS: List[Any] = [
    # call, request, body of the request, answer, result
    (lambda api: api.info(), "GET /", None, {"name": "LabDaemon"}, {"name": "LabDaemon"}),
    (lambda api: api.health(), "GET /health", None, {"status": "healthy"}, {"status": "healthy"}),
    (lambda api: api.ready(), "GET /readyz", None, {"status": "ready"}, {"status": "ready"}),
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
    (lambda api: api.keep_device("daq1"), "POST /devices/daq1/keep", {}, DEVICE, DEVICE),
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
        lambda api: api.get_device_properties("daq1"),
        "GET /devices/daq1/properties",
        None,
        {"properties": [{"name": "high"}]},
        [{"name": "high"}],
    ),
    (
        lambda api: api.get_device_property("daq1", "high"),
        "GET /devices/daq1/properties/high",
        None,
        {"name": "high", "value": None, "timestamp": None},
        {"name": "high", "value": None, "timestamp": None},
    ),
    (
        lambda api: api.set_device_property("daq1", "high", 5),
        "PUT /devices/daq1/properties/high",
        {"value": 5},
        {"name": "high", "value": 4.98},
        {"name": "high", "value": 4.98},
    ),
    (lambda api: api.snapshot(), "GET /snapshot", None, {"devices": []}, {"devices": []}),
    (
        lambda api: api.restore({"devices": []}, dry_run=True),
        "POST /restore",
        {"devices": [], "dry_run": True},
        {"changes": [], "skipped": [], "warnings": []},
        {"changes": [], "skipped": [], "warnings": []},
    ),
    (
        lambda api: api.restore_recording("run42", "2026-11-26T08:00:00Z", devices=["daq1"], dry_run=True),
        "POST /restore",
        {"recording": "run42", "time": "2026-11-26T08:00:00Z", "devices": ["daq1"], "dry_run": True},
        {"changes": [], "skipped": [], "warnings": []},
        {"changes": [], "skipped": [], "warnings": []},
    ),
    (
        lambda api: api.start_stream("daq1", sample_rate=100),
        "POST /devices/daq1/stream/start",
        {"sample_rate": 100},
        DEVICE,
        DEVICE,
    ),
    (
        lambda api: api.start_stream("daq1", options={"sample_rate": 100}, gain=2),
        "POST /devices/daq1/stream/start",
        {"gain": 2, "sample_rate": 100},
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


class APIMethodsTest(ServerCase):
    def test_restore_asks_for_each_device_and_reports_each(self) -> None:
        answer = {"changes": [{"device_id": "x", "name": "a", "from": 1, "to": 2}], "skipped": []}
        server = self.serve(answering(200, answer), answering(200, answer))
        reported = []
        devices = [{"device_id": name, "properties": {"a": 1}} for name in ("one", "two")]
        found = ServerAPI(server.url).restore({"taken_at": "now", "devices": devices}, on_device=reported.append)
        self.assertEqual(found["changes"], 2 * answer["changes"])
        self.assertEqual(reported, [answer, answer])
        bodies = [json.loads(server.next_request().body) for _ in devices]
        self.assertEqual([body["devices"] for body in bodies], [[device] for device in devices])

    def test_each_method_sends_its_request(self) -> None:
        for call, request, body, answer, result in ROWS:
            with self.subTest(request):
                server = self.serve(answering(200, answer) if answer else lambda exchange: exchange.answer(204))
                found = call(ServerAPI(server.url))
                asked = server.next_request()
                self.assertEqual(f"{asked.method} {asked.path}", request)
                self.assertEqual(json.loads(asked.body) if asked.body else None, body)
                self.assertEqual(asked.headers["Content-Type"], "application/json" if asked.body else None)
                self.assertIsNone(asked.headers["Origin"])
                self.assertEqual(found, result)

    def test_a_list_is_also_found_under_its_name_on_the_wire(self) -> None:
        server = self.serve(answering(200, {"devices": [DEVICE]}))
        devices = ServerAPI(server.url).list_devices()
        self.assertEqual([device["device_id"] for device in devices], ["daq1"])
        self.assertEqual(devices["devices"], [DEVICE])
        self.assertEqual(devices[0], DEVICE)

    def test_numpy_values_may_be_arguments(self) -> None:
        class Array:  # what matters of numpy.ndarray here
            def tolist(self) -> List[float]:
                return [1.0, 2.0]

        server = self.serve(answering(200, {"result": None}))
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
