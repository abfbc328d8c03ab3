"""The whole process, beside a daemon of a few lines."""
import json
import os
import struct
import subprocess
import sys
import tempfile
import threading
import unittest

MAIN = os.path.join(os.path.dirname(__file__), "..", "..", "labdaemon", "host", "__main__.py")

DRIVER = '''
import asyncio
from labdaemon.driver import Lost, driver, every, progress


@driver(name="Bench")
class Bench:
    def __init__(self):
        self._volts = 0.0
        self.log = []

    async def connect(self):
        await asyncio.sleep(0)
        self.log.append("connected")

    def disconnect(self):
        self.log.append("disconnected")
        print(self.log)

    def safe(self, reason):
        self.log.append(reason)

    async def stream(self, sample_rate: float = 1000.0):
        async for number in every(1 / sample_rate):
            if number == 2:
                yield Lost(2)
            yield number

    @property
    def volts(self) -> float:
        return self._volts

    @volts.setter
    def volts(self, value: float):
        self._volts = value * 2

    def ramp(self, volts: float):
        progress(0.5, "half way")
        return volts
'''


class Daemon:
    """Starts the process, and speaks the protocol with it."""

    def __init__(self, test, **arguments):
        read, write = os.pipe()
        given = {"imports": [], "drivers": 1, "shared": False, "serial": [], **arguments}

        start = ["/bin/sh", "-c", 'exec "$@" 3>&1 1>&2', "sh", sys.executable, "-E", MAIN, json.dumps(given)]
        self.process = subprocess.Popen(start, stdin=subprocess.PIPE, stdout=write, stderr=subprocess.PIPE)
        os.close(write)
        self._pipe = os.fdopen(read, "rb")
        self._arrived = threading.Condition()
        self._answers = {}
        self._id = 0
        self.messages = []
        self.sequences = []
        self._thread = threading.Thread(target=self._read)
        self._thread.start()
        test.addCleanup(self.end)

    def send(self, op, **input):
        self._id += 1
        content = json.dumps({"id": self._id, "op": op, "input": input}).encode()
        self.process.stdin.write(struct.pack("<BBHI", 1, 0, 1, len(content)) + content)
        self.process.stdin.flush()
        return self._id

    def ask(self, op, **input):
        id = self.send(op, **input)
        self.wait(lambda: id in self._answers)
        return self._answers[id]

    def wait(self, holds):
        with self._arrived:
            if not self._arrived.wait_for(holds, 60):
                raise AssertionError(f"it never came; {self.messages}")

    def end(self):
        """Closes stdin, and returns the code and the lines of the process."""
        if not self.process.stdin.closed:
            self.process.stdin.close()
        lines = self.process.stderr.read().decode().splitlines() if not self.process.stderr.closed else []
        self.process.stderr.close()
        code = self.process.wait(60)
        self._thread.join()
        self._pipe.close()
        return code, lines

    def _read(self):
        while True:
            header = self._pipe.read(8)
            if len(header) < 8:
                return
            kind, _, _, length = struct.unpack("<BBHI", header)
            content = self._pipe.read(length)
            with self._arrived:
                if kind == 2:
                    first, count = struct.unpack_from("<dI", content)
                    self.sequences += range(int(first), int(first) + count)
                elif kind == 3:
                    self._answers[struct.unpack_from("<I", content)[0]] = json.loads(content[4:])
                else:
                    message = json.loads(content)
                    if "id" in message:
                        self._answers[message["id"]] = message.get("result", message.get("error"))
                    else:
                        self.messages.append(message)
                self._arrived.notify_all()


class TestProcess(unittest.TestCase):
    def daemon(self, text=DRIVER, **arguments):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        path = os.path.join(folder.name, "bench.py")
        with open(path, "w") as file:
            file.write(text)
        daemon = Daemon(self, **arguments)
        self.description = daemon.ask("load", file=f"file://{path}")
        return daemon

    def create(self, daemon, **more):
        given = {"device_id": "b1", "epoch": "e", "next_sequence": 10, "params": {}, **more}
        return daemon.ask("create", **given)

    def test_a_device_connects_streams_calls_sets_and_disconnects(self):
        daemon = self.daemon()
        self.assertEqual(daemon.messages[0]["hello"]["sandbox"], "off")
        self.assertEqual(self.create(daemon), {"streams": True, "safe": True})
        self.assertIsNone(daemon.ask("connect"))
        self.assertIsNone(daemon.ask("start", options={}, read=None))
        daemon.wait(lambda: len(daemon.sequences) >= 6)
        self.assertIsNone(daemon.ask("stop", limit=5000))
        count = len(daemon.sequences)
        self.assertEqual(daemon.sequences, [10, 11, *range(14, 12 + count)])
        self.assertIn({"lost": 14}, daemon.messages)
        self.assertEqual(daemon.ask("set", name="volts", value=2), 4)
        self.assertEqual(daemon.ask("get", name="volts"), 4)
        self.assertEqual(daemon.ask("call", method="ramp", args=[3], kwargs={}), 3)
        self.assertIn("half way", [it.get("text") for it in daemon.messages])
        self.assertIsNone(daemon.ask("safe", reason="a test", limit=5000))
        self.assertIsNone(daemon.ask("disconnect", limit=5000))
        self.assertEqual(len(daemon.sequences), count)
        self.assertEqual(daemon.ask("get", name="volts")["code"], "DeviceNotConnected")
        self.assertEqual(daemon.end(), (0, ["\x01i['connected', 'a test', 'disconnected']"]))

    def test_a_command_that_has_waited_for_too_long_is_not_carried_out(self):
        daemon = self.daemon("import time\nclass Slow:\n    def wait(self): time.sleep(0.3)\n    def connect(self): pass\n")
        self.create(daemon)
        daemon.ask("connect")
        first = daemon.send("call", method="wait", args=[], kwargs={}, valid=None)
        daemon.wait(lambda: {"begun": first} in daemon.messages)
        error = daemon.ask("call", method="wait", args=[], kwargs={}, valid=50)
        self.assertEqual(error["code"], "CommandExpired")
        self.assertIn("it has waited 0.1 s for other commands", error["message"])

    def test_a_command_of_an_earlier_owner_is_not_carried_out(self):
        daemon = self.daemon()
        self.create(daemon)
        content = json.dumps({"fence": 5, "leased": True}).encode()
        daemon.process.stdin.write(struct.pack("<BBHI", 1, 0, 1, len(content)) + content)
        self.assertEqual(daemon.ask("connect", fence=4)["code"], "LeaseEnded")
        self.assertIsNone(daemon.ask("connect", fence=5))
        for op, input in (("start", {"options": {}, "read": None}), ("set", {"name": "volts", "value": 2}),
                          ("call", {"method": "ramp", "args": [3], "kwargs": {}})):
            self.assertEqual(daemon.ask(op, **input, fence=4)["code"], "LeaseEnded", op)
        self.assertEqual(daemon.sequences, [])
        self.assertIsNone(daemon.ask("start", options={}, read=None, fence=6))
        self.assertIsNone(daemon.ask("stop", limit=5000))
        self.assertEqual(daemon.ask("get", name="volts"), 0)

    def test_a_lost_connection_is_reported_once_behind_the_call_that_fails_by_it(self):
        daemon = self.daemon("class Meter:\n    def measure(self):\n        raise ConnectionResetError('gone')\n"
                             "    def ask(self): raise ConnectionRefusedError()\n")
        self.create(daemon)
        daemon.ask("connect")
        daemon.ask("call", method="ask", args=[], kwargs={})
        for _ in range(2):
            self.assertEqual(daemon.ask("call", method="measure", args=[], kwargs={})["type"], "ConnectionResetError")
        daemon.ask("disconnect", limit=5000)
        lost = [it["disconnected"] for it in daemon.messages if "disconnected" in it]
        self.assertEqual([(it["type"], it["context"]) for it in lost],
                         [("ConnectionResetError", {"device_id": "b1", "at": "bench.py:3"})])

    def test_samples_that_do_not_fit_the_hint_are_a_warning_with_the_line(self):
        daemon = self.daemon("class Meter:\n    def read(self) -> float:\n        return 'volts'\n")
        self.create(daemon)
        daemon.ask("connect")
        daemon.ask("start", options={"sample_rate": 100}, read=None)
        daemon.wait(lambda: any("warning" in it for it in daemon.messages))
        daemon.ask("stop", limit=5000)
        self.assertEqual([it["warning"] for it in daemon.messages if "warning" in it], [{
            "type": "SampleMismatch",
            "message": "Its samples do not fit the schema that its driver declares as sample (bench.py:2): "
                       'expected a number, found a text, in "volts"',
        }])

    def test_when_the_daemon_ends_the_instrument_is_made_safe_and_closed(self):
        daemon = self.daemon()
        self.create(daemon, safe_on_shutdown=True)
        daemon.ask("connect")
        self.assertEqual(daemon.end(), (0, ["\x01i['connected', 'the daemon has ended', 'disconnected']"]))

    def test_when_the_daemon_ends_a_safe_that_takes_a_while_is_done_before_the_instrument_is_closed(self):
        slow = "        import time\n        time.sleep(1.5)\n        self.log.append(reason)"
        daemon = self.daemon(DRIVER.replace("        self.log.append(reason)", slow))
        self.create(daemon, safe_on_shutdown=True)
        daemon.ask("connect")
        self.assertEqual(daemon.end(), (0, ["\x01i['connected', 'the daemon has ended', 'disconnected']"]))

    def test_a_process_that_must_be_limited_and_cannot_be_ends(self):
        from labdaemon.host.sandbox import problem
        daemon = Daemon(self, sandbox="strict", permissions={})
        code, lines = daemon.end()
        if problem() is None:
            self.assertEqual((code, daemon.messages[0]["hello"]["sandbox"][:8]), (0, "landlock"))
        elif code == 0:
            self.assertEqual(daemon.messages[0]["hello"]["sandbox"], "bubblewrap")
        else:
            self.assertEqual(code, 1)
            self.assertRegex(lines[0], "^error: it cannot be limited to its permissions: ")


if __name__ == "__main__":
    unittest.main()
