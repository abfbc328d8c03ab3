from __future__ import annotations

import threading
import types
import unittest
from typing import Any
from unittest import mock

from labdaemon.driver.definition import find_driver
from labdaemon.host.device import Device


class Meter:
    """As classes for LabDaemon are: a thread takes the lock that is injected."""

    def __init__(self, device_id: str, **kwargs: Any) -> None:
        self.device_id = device_id

    def connect(self) -> None: ...

    def measure(self) -> bool:
        """True if no thread gets the lock while a method runs."""
        found = []
        thread = threading.Thread(target=lambda: found.append(self._ld_lock.acquire(blocking=False)))
        thread.start()
        thread.join()
        with self._ld_lock:
            return found == [False]


class DeviceTest(unittest.TestCase):
    def test_methods_hold_the_lock_that_a_device_gets(self) -> None:
        module = types.ModuleType(Meter.__module__)
        module.Meter = Meter
        process = mock.Mock(perform=lambda job, function, *args: function(*args))
        process.load = lambda job, file, kept: find_driver(module, "meter.py")
        device = Device(1, process)
        device.load(None, None, {"file": "meter.py"})
        device.create(None, None, {"device_id": "m1", "params": {}, "epoch": "e", "next_sequence": 0})
        self.assertIs(device.call(mock.Mock(id=1), None, {"method": "measure", "args": [], "kwargs": {}}), True)


if __name__ == "__main__":
    unittest.main()
