from __future__ import annotations

import threading
from typing import Any, List

from labdaemon import AsyncBench
from labdaemon.server import DeviceInUseError, LeaseEndedError

from .bench_case import BenchCase, refusal


class LeaseTest(BenchCase):
    def setUp(self) -> None:
        super().setUp()
        self.shown: List[Any] = []
        self.renewed = threading.Event()
        lease = {"lease_id": "l7", "token": "lab_x", "devices": ["psu1"], "ttl": 0.03}
        self.routes.update(
            {
                "POST /leases": lambda _: (201, {**lease}),
                "DELETE /leases/l7": self.noting((204, None)),
                "PUT /leases/l7": self.renewing({**lease}),
                "POST /devices/psu1/connect": self.noting({"device_id": "psu1"}),
            }
        )

    def noting(self, answer: Any) -> Any:
        def note(exchange: Any) -> Any:
            self.shown.append((exchange.method, exchange.headers.get("X-Lease")))
            return answer

        return note

    def renewing(self, answer: Any) -> Any:
        def renew(exchange: Any) -> Any:
            if exchange.headers.get("X-Lease") == "lab_x":
                self.renewed.set()
            return answer

        return renew

    def test_a_lease_is_shown_renewed_and_released(self) -> None:
        with self.bench.lease("psu1", purpose="IV curve", wait=5) as bench:
            bench.api.connect_device("psu1")
            self.assertTrue(self.renewed.wait(60))
        self.bench.api.connect_device("psu1")
        self.assertEqual(self.bodies[0], {"devices": ["psu1"], "purpose": "IV curve", "ttl": 30.0, "wait": 5})
        self.assertEqual(self.shown, [("POST", "lab_x"), ("DELETE", "lab_x"), ("POST", None)])

    def test_an_exception_releases_it(self) -> None:
        with self.assertRaises(ZeroDivisionError):
            with self.bench.lease("psu1"):
                1 / 0
        self.assertEqual(self.shown, [("DELETE", "lab_x")])

    def test_devices_in_use_raise(self) -> None:
        self.routes["POST /leases"] = (409, refusal("DeviceInUse", "it is leased"))
        with self.assertRaises(DeviceInUseError):
            with self.bench.lease("psu1"):
                self.fail("it is not leased")

    def test_a_lease_that_is_lost_is_not_released(self) -> None:
        self.routes["PUT /leases/l7"] = (404, refusal("LeaseNotFound", "it has ended"))
        self.routes["POST /devices/psu1/connect"] = (409, refusal("LeaseEnded", "it has ended"))
        lease = self.bench.lease("psu1")
        with lease as bench:
            while not lease.is_lost:
                self.renewed.wait(0.01)
            with self.assertRaises(LeaseEndedError):
                bench.api.connect_device("psu1")
        self.assertEqual(self.shown, [])

    def test_async_with(self) -> None:
        import asyncio

        async def measure() -> None:
            async with AsyncBench(self.url) as bench:
                async with bench.lease("psu1") as leased:
                    self.assertIs(leased, bench)
                    self.assertEqual(self.shown, [])

        asyncio.run(measure())
        self.assertEqual(self.shown, [("DELETE", "lab_x")])
