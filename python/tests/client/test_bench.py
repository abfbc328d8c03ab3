from __future__ import annotations

import os
import pickle
import subprocess
import sys
import unittest
from pathlib import Path
from unittest import mock

from labdaemon import Bench, Device
from labdaemon.server import DeviceError, DeviceNotFoundError, ServerConnectionError

from ..scripted_server import Exchange
from .bench_case import DEVICE, BenchCase, refusal


class BenchTest(BenchCase):
    def test_it_is_a_mapping_of_devices(self) -> None:
        self.assertEqual(list(self.bench), ["psu1"])
        self.assertEqual(len(self.bench), 1)
        self.assertIn("psu1", self.bench)
        self.assertNotIn("psu9", self.bench)
        self.assertIsInstance(self.bench["psu1"], Device)
        self.assertEqual(self.bench["psu1"], self.bench["psu1"])

    def test_an_unknown_device_is_a_key_error_with_the_servers_message(self) -> None:
        self.routes["GET /devices/psu9"] = (404, refusal("DeviceNotFound", 'Cannot find device "psu9"'))
        with self.assertRaises(KeyError) as raised:
            self.bench["psu9"]
        self.assertIsInstance(raised.exception, DeviceNotFoundError)
        self.assertEqual(str(raised.exception), 'Cannot find device "psu9"')
        self.assertIsNone(self.bench.get("psu9"))

    def test_address_and_token_come_from_the_environment(self) -> None:
        tokens = []

        def answer(exchange: Exchange) -> object:
            tokens.append(exchange.headers["Authorization"])
            return {"devices": []}

        self.routes["GET /devices"] = answer
        with mock.patch.dict(os.environ, {"LABDAEMON_URL": self.url, "LABDAEMON_TOKEN": "ldt_1"}):
            self.assertEqual(list(Bench()), [])
            self.assertEqual(list(Bench(self.url, token="ldt_2")), [])
        self.assertEqual(list(dict.fromkeys(tokens)), ["Bearer ldt_1", "Bearer ldt_2"])

    def test_proxies_of_the_environment_are_not_used(self) -> None:
        proxy = "http://127.0.0.1:2"
        with mock.patch.dict(os.environ, {"http_proxy": proxy, "HTTP_PROXY": proxy, "ALL_PROXY": proxy, "no_proxy": ""}):
            self.assertEqual(list(Bench(self.url)), ["psu1"])

    def test_a_bench_without_devices_is_true(self) -> None:
        self.routes["GET /devices"] = {"devices": []}
        self.assertTrue(self.bench)

    def test_bench_and_device_survive_pickling(self) -> None:
        bench = pickle.loads(pickle.dumps(Bench(self.url, "ldt_1", timeout=3)))
        self.assertEqual((bench.url, bench.api.timeout, bench._token), (self.url, 3, "ldt_1"))
        self.assertEqual(pickle.loads(pickle.dumps(self.bench["psu1"])), self.bench["psu1"])

    def test_add_and_remove(self) -> None:
        self.routes["POST /devices"] = (201, DEVICE)
        self.routes["DELETE /devices/psu1"] = {"status": "removed"}
        device = self.bench.add("psu1", "PowerSupply", port="/dev/ttyUSB0", settings={"limits": {"call": "2min"}})
        self.bench.remove(device.id)
        params = {"port": "/dev/ttyUSB0"}
        body = {"device_id": "psu1", "device_type": "PowerSupply", "params": params, "limits": {"call": "2min"}}
        self.assertEqual(self.bodies, [body])

    def test_safe_raises_where_an_instrument_is_not_safe(self) -> None:
        failed = {"device_id": "psu1", "ok": False, "error": {"type": "Boom", "message": "no answer", "origin": "device"}}
        without = {"device_id": "daq1", "ok": False, "error": {"type": "NoSafeState", "message": "it has none"}}
        self.routes["POST /safe"] = {"results": [without]}
        self.bench.safe()
        self.routes["POST /safe"] = {"results": [failed, without, {"device_id": "x", "ok": True}]}
        with self.assertRaisesRegex(DeviceError, '^"psu1": no answer$'):
            self.bench.safe("smoke")
        self.routes["POST /devices/psu1/safe"] = {"results": [failed]}
        with self.assertRaisesRegex(DeviceError, "no answer"):
            self.bench["psu1"].safe()

    def test_it_is_a_table_in_a_notebook(self) -> None:
        error = {"type": "Boom", "message": "<b>no</b> answer"}
        self.routes["GET /devices"] = {"devices": [{**DEVICE, "state": "retrying", "last_error": error}]}
        html = self.bench._repr_html_()
        self.assertIn("retrying", html)
        self.assertIn("&lt;b&gt;no&lt;/b&gt; answer", html)
        self.assertNotIn("<b>", html)
        text = printed(self.bench)
        self.assertIn("psu1    PowerSupply  retrying  <b>no</b> answer", text)
        self.assertEqual(self.bench._ipython_key_completions_(), ["psu1"])

    def test_showing_one_without_a_daemon_says_so(self) -> None:
        bench = Bench("http://127.0.0.1:2")
        self.assertIn("Cannot GET http://127.0.0.1:2/devices", bench._repr_html_())
        self.assertEqual(repr(bench), "<Bench http://127.0.0.1:2>")
        with self.assertRaises(ServerConnectionError):
            list(bench)

    def test_importing_the_package_imports_no_client(self) -> None:
        program = "import labdaemon, sys; print(sorted(name for name in sys.modules if name.startswith('labdaemon')))"
        path = str(Path(__file__).resolve().parents[2])
        run = subprocess.run(
            [sys.executable, "-c", program], env={**os.environ, "PYTHONPATH": path}, stdout=subprocess.PIPE, check=True
        )
        self.assertEqual(run.stdout.decode().strip(), "['labdaemon']")


def printed(it: object) -> str:
    printer = mock.Mock()
    it._repr_pretty_(printer, False)  # type: ignore[attr-defined]
    return str(printer.text.call_args[0][0])


if __name__ == "__main__":
    unittest.main()
