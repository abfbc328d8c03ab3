from __future__ import annotations

import enum
import inspect
import signal
import threading
import unittest
from datetime import datetime, timezone
from typing import Any
from unittest import mock

from labdaemon.client.arrays import numpy_or_none, to_wire
from labdaemon.server import CallCancelledError, PropertyReadOnlyError

from ..scripted_server import LIMIT_SECONDS, Exchange
from .bench_case import PSU, BenchCase, refusal
from .test_bench import printed

CALL = "POST /devices/psu1/call"
VOLTAGE = "/devices/psu1/properties/voltage"


class DeviceTest(BenchCase):
    def test_a_property_is_an_attribute(self) -> None:
        self.routes["GET " + VOLTAGE] = {"name": "voltage", "value": 3.28, "timestamp": "t"}
        self.routes["PUT " + VOLTAGE] = {"name": "voltage", "value": 3.29, "timestamp": "t"}
        psu = self.bench["psu1"]
        psu.voltage = 3.3
        self.assertEqual(psu.voltage, 3.28)
        self.assertEqual(psu.get("voltage"), 3.28)
        self.assertEqual(psu.set("voltage", 3.3), 3.29)
        self.assertEqual(self.bodies, [{"value": 3.3}] * 2)

    def test_an_unknown_name_is_an_attribute_error_and_sends_no_command(self) -> None:
        psu = self.bench["psu1"]
        with self.assertRaisesRegex(AttributeError, 'no property or method voltag; did you mean voltage'):
            psu.voltag = 3.3
        with self.assertRaisesRegex(AttributeError, "voltag"):
            psu.voltag
        with self.assertRaisesRegex(AttributeError, "it is a method"):
            psu.ramp = 3
        with self.assertRaisesRegex(AttributeError, 'set\\("stream"'):
            psu.stream = 3
        self.assertEqual([each for each in self.asked if not each.startswith("GET")], [])

    def test_names_that_begin_with_an_underscore_ask_nothing(self) -> None:
        psu = self.bench["psu1"]
        asked = len(self.asked)
        self.assertFalse(hasattr(psu, "_ipython_canary_method_should_not_exist_"))
        self.assertFalse(hasattr(psu, "__array__"))
        self.assertEqual(len(self.asked), asked)

    def test_a_read_only_property_is_refused_by_the_daemon(self) -> None:
        path = "PUT /devices/psu1/properties/serial"
        self.routes[path] = (405, refusal("PropertyReadOnly", "serial can only be read"))
        with self.assertRaisesRegex(PropertyReadOnlyError, "serial can only be read"):
            self.bench["psu1"].serial = "X"

    def test_a_method_has_the_signature_and_the_docstring_of_the_daemon(self) -> None:
        ramp = self.bench["psu1"].ramp
        self.assertEqual(str(inspect.signature(ramp)), "(volts: float, rate: float = 0.1)")
        self.assertEqual(ramp.__name__, "ramp")
        doc = inspect.getdoc(ramp) or ""
        self.assertTrue(doc.startswith("Ramp the voltage\n"), doc)
        self.assertIn("volts : number in V\n    The target\nrate : number in V/s, default 0.1", doc)
        self.assertIn("A call may take 600 s.", doc)
        self.assertEqual(str(inspect.signature(self.bench["psu1"].anything)), "(**kwargs)")

    def test_a_required_argument_behind_an_optional_one_is_a_keyword(self) -> None:
        parameters = [
            {"name": "a", "type": "number", "required": False},
            {"name": "b", "type": "string", "required": True},
            {"name": "is", "type": "string", "required": False},
        ]
        method = {"name": "odd", "doc": "", "parameters": parameters, "input": {"additionalProperties": False}}
        self.routes["GET /drivers"] = {"drivers": [{**PSU, "methods": [method]}]}
        self.assertEqual(str(inspect.signature(self.bench["psu1"].odd)), "(a: float = None, *, b: str, **kwargs)")

    def test_calling_a_method_returns_its_result(self) -> None:
        self.routes[CALL] = {"result": 5, "success": True}
        psu = self.bench["psu1"]
        self.assertEqual(psu.ramp(5, rate=0.1), 5)
        # Its name is a function of Device.
        self.assertEqual(psu.call("get"), 5)
        ramp = {"method": "ramp", "args": [5], "kwargs": {"rate": 0.1}}
        self.assertEqual(self.bodies, [ramp, {"method": "get", "args": [], "kwargs": {}}])

    def test_arguments_may_be_pythons_own(self) -> None:
        class Mode(enum.Enum):
            FAST = "fast"

        noon = datetime(2026, 11, 26, 12, tzinfo=timezone.utc)
        self.assertEqual(to_wire([Mode.FAST, noon, b"\0\1", (1,)]), ["fast", "2026-11-26T12:00:00Z", "AAE=", [1]])

    def test_completion_knows_the_drivers_names(self) -> None:
        names = dir(self.bench["psu1"])
        self.assertTrue({"voltage", "serial", "ramp", "stream", "collect"} <= set(names))
        self.assertNotIn("GET " + VOLTAGE, self.asked)

    def test_names_of_a_new_version_of_the_driver_are_found(self) -> None:
        psu = self.bench["psu1"]
        self.assertFalse(hasattr(psu, "current"))
        current = {"name": "current", "summary": "", "schema": {}, "writable": False, "readable": True}
        self.routes["GET /drivers"] = {"drivers": [{**PSU, "properties": [current]}]}
        self.routes["GET /devices/psu1/properties/current"] = {"name": "current", "value": 1, "timestamp": "t"}
        with mock.patch("labdaemon.client.description._MIN_AGE", 0):
            self.assertEqual(psu.current, 1)

    def test_a_packed_array_is_an_array(self) -> None:
        packed = {"dtype": "int16", "shape": [2, 1], "base64": "AQACAA=="}
        self.routes[CALL] = {"result": {"trace": packed}, "success": True}
        trace = self.bench["psu1"].ramp(1)["trace"]
        if numpy_or_none() is not None:
            self.assertEqual(trace.dtype, "int16")
            trace = trace.tolist()
        self.assertEqual(trace, [[1], [2]])
        with mock.patch("labdaemon.client.arrays._numpy", None):
            self.assertEqual(self.bench["psu1"].ramp(1)["trace"], [[1], [2]])

    def test_its_panel_shows_values_and_escapes_them(self) -> None:
        rows = [
            {**PSU["properties"][0], "value": 3.3000001, "schema": {"unit": "V", "minimum": 0, "maximum": 30}},  # type: ignore[dict-item]
            {**PSU["properties"][1], "value": "<i>", "error": {"message": "no answer"}},  # type: ignore[dict-item]
        ]
        self.routes["GET /devices/psu1/properties"] = {"properties": rows}
        psu = self.bench["psu1"]
        text = printed(psu)
        self.assertTrue(text.startswith("psu1: PowerSupply, connected\n  methods: ramp(), get(), anything()\n"), text)
        self.assertIn("  voltage             3.3              V     0 … 30  Output\n", text)
        self.assertIn("serial (read-only)  <i> (no answer)", text)
        self.assertIn("&lt;i&gt;", psu._repr_html_())
        self.assertNotIn("streams:", text)
        for options, words in (({}, "yes"), ({"sample_rate": 10}, "sample_rate=10")):
            self.routes["GET /devices/psu1"] = {**self.routes["GET /devices/psu1"], "can_stream": True, "options": options}
            self.assertIn(f"\n  streams: {words}\n", printed(psu))


class LongCallTest(BenchCase):
    def setUp(self) -> None:
        super().setUp()
        self.running = {"call_id": "c1", "status": "running", "method": "ramp"}
        self.routes[CALL] = (202, self.running)

    def test_a_long_call_is_followed_to_its_end(self) -> None:
        waits = []

        def call(exchange: Exchange) -> Any:
            waits.append(exchange.headers["Prefer"])
            ended = {**self.running, "status": "done", "result": 5}
            return self.running if len(waits) == 1 else ended

        self.routes["GET /calls/c1"] = call
        self.assertEqual(self.bench["psu1"].ramp(5), 5)
        self.assertEqual(waits, ["wait=20", "wait=20"])

    def test_start_returns_at_once(self) -> None:
        progress = {"fraction": 0.5, "text": "half"}
        self.routes["GET /calls/c1"] = {**self.running, "progress": progress}
        call = self.bench["psu1"].ramp.start(volts=5)
        self.assertFalse(call.done())
        self.assertEqual((call.status, call.progress), ("running", progress))
        with self.assertRaises(TimeoutError):
            call.result(timeout=0.01)
        error = {"type": "CallCancelled", "message": "it was cancelled", "origin": "framework"}
        self.routes["DELETE /calls/c1"] = {**self.running, "status": "cancelled", "error": error}
        self.assertEqual(call.cancel(), "cancelled")
        with self.assertRaisesRegex(CallCancelledError, "it was cancelled"):
            call.result()

    def test_progress_is_passed_on_while_it_waits(self) -> None:
        answers = [
            {**self.running, "progress": {"fraction": 0.5, "text": "half"}},
            {**self.running, "status": "done", "result": 1, "progress": {"fraction": 1, "text": ""}},
        ]
        self.routes["GET /calls/c1"] = lambda _: answers.pop(0)
        seen = []
        call = self.bench["psu1"].start("ramp", 5)
        with mock.patch("labdaemon.client.calls._PROGRESS_PERIOD", 0):
            self.assertEqual(call.result(on_progress=lambda fraction, text: seen.append((fraction, text))), 1)
        self.assertEqual(seen, [(0.5, "half"), (1, "")])

    @unittest.skipUnless(hasattr(signal, "pthread_kill"), "this system has no signals for threads")
    def test_ctrl_c_cancels_the_call_on_the_daemon(self) -> None:
        cancelled = self.interrupted_call()
        with self.assertRaises(KeyboardInterrupt):
            self.bench["psu1"].ramp(5)
        self.assertTrue(cancelled.is_set())

    @unittest.skipUnless(hasattr(signal, "pthread_kill"), "this system has no signals for threads")
    def test_ctrl_c_cancels_a_call_whose_thread_has_just_started(self) -> None:
        cancelled = self.interrupted_call()
        start = threading.Thread.start

        def start_slowly(thread: threading.Thread) -> None:
            start(thread)
            # As on a busy machine: the thread has called the method, and start() has not returned.
            if thread.name == "labdaemon-call":
                threading.Event().wait(LIMIT_SECONDS)

        with mock.patch.object(threading.Thread, "start", start_slowly), self.assertRaises(KeyboardInterrupt):
            self.bench["psu1"].ramp(5)
        self.assertTrue(cancelled.is_set())

    def interrupted_call(self) -> threading.Event:
        """Lets Ctrl-C be pressed as soon as the daemon is asked about the call. The event: the call is cancelled."""
        # A shell that starts the tests in the background lets them ignore Ctrl-C.
        before = signal.signal(signal.SIGINT, signal.default_int_handler)
        self.addCleanup(signal.signal, signal.SIGINT, before)
        main = threading.main_thread().ident or 0
        cancelled = threading.Event()

        def interrupt(_: Exchange) -> Any:
            signal.pthread_kill(main, signal.SIGINT)
            cancelled.wait(LIMIT_SECONDS)
            return {**self.running, "status": "cancelled", "error": {"type": "CallCancelled", "message": "…"}}

        def cancel(_: Exchange) -> Any:
            cancelled.set()
            return {**self.running, "status": "cancelled"}

        self.routes["GET /calls/c1"] = interrupt
        self.routes["DELETE /calls/c1"] = cancel
        return cancelled


if __name__ == "__main__":
    unittest.main()
