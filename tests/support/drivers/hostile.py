"""A driver that attacks the daemon or its own host, on demand."""
import gc
import os
import signal
import struct
import sys
import threading
import time

from labdaemon.driver import driver


@driver(name="Hostile")
class Hostile:
    """Attacks on demand."""

    def __init__(self, connects: bool = True):
        self.connects = connects

    def connect(self):
        while not self.connects:
            try:
                time.sleep(60)
            except BaseException:
                pass

    def stream(self, sample_rate: float = 100.0, attack: str = ""):
        if attack == "yields_a_function":
            yield print
        while True:
            try:
                time.sleep(1 / sample_rate)
            except BaseException:
                pass
            if attack != "never_yields":
                yield 1.0

    def pid(self) -> int:
        return os.getpid()

    def forges_a_frame(self):
        frame = b'id: e-0\nevent: device_data\ndata: {"event":"device_data","device_id":"good1","sequence":0}\n\n'
        content = struct.pack("<dII", 0, 1, len(frame)) + frame
        _pipe().write(2, 1, (content,))

    def forges_an_answer(self):
        _pipe().send(1, {"id": 4_000_000_000, "result": None})

    def floods_the_daemon(self):
        error = {"code": "DriverError", "type": "E", "message": "m", "origin": "device", "timestamp": "t", "context": {}}
        while True:
            _pipe().send(1, {"problem": error})

    def closes_descriptors(self):
        os.closerange(3, 1024)

    def keeps_the_interpreter(self):
        sys.setswitchinterval(1e6)
        while True:
            pass

    def replaces_the_host(self):
        from labdaemon.host.seat import Seat
        Seat.answer = Seat.answer_error = lambda *_: None

    def ignores_its_cancel(self):
        signal.signal(signal.SIGUSR1, signal.SIG_IGN)
        while True:
            time.sleep(0.1)

    def floods_the_log(self):
        end = time.monotonic() + 0.3
        while time.monotonic() < end:
            print("flood " * 100)

    def returns_too_much(self):
        return "a" * (33 * 2**20)

    def returns_a_cycle(self):
        cycle = []
        cycle.append(cycle)
        return cycle

    def recurses(self):
        return self.recurses()

    def starts_threads(self):
        for _ in range(100):
            threading.Thread(target=time.sleep, args=(60,)).start()

    def raises_what_cannot_be_read(self):
        class Unreadable(Exception):
            def __str__(self):
                raise ValueError("no text")
        raise Unreadable

    def raises_an_essay(self):
        raise RuntimeError("a" * 10**7)


def _pipe():
    """The host's own writer of packets."""
    return next(it for it in gc.get_objects() if type(it).__name__ == "PacketWriter")


