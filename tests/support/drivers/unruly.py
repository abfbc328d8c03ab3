"""A driver that does what drivers should not do, on demand."""
import asyncio
import ctypes
import logging
import os
import socket
import subprocess
import sys
import threading
import time

from labdaemon.driver import cancelled, driver, every, progress


@driver(name="UnrulyPython", blocking=2)
class Unruly:
    """Misbehaves on demand."""

    def connect(self):
        pass

    def stream(self, sample_rate: float = 100.0):
        for number in every(1 / sample_rate):
            yield number

    def pid(self) -> int:
        return os.getpid()

    def exits(self):
        sys.exit(3)

    def exits_at_once(self):
        os._exit(4)

    def is_interrupted(self):
        raise KeyboardInterrupt

    def crashes(self):
        ctypes.string_at(0)

    def writes_to_the_pipe(self):
        # The descriptor 3 leads nowhere; an attacker finds the real one.
        for descriptor in range(4, 256):
            try:
                os.write(descriptor, b"HTTP/1.1 200 OK\r\n\r\n")
            except OSError:
                pass

    def holds_the_interpreter(self):
        ctypes.PyDLL(None).sleep(60)

    def takes_memory(self):
        self.kept = b"x" * 200 * 2**20

    def divides(self):
        return 1 / 0

    def sleeps(self):
        time.sleep(60)

    def loops(self):
        while True:
            pass

    async def awaits(self):
        await asyncio.sleep(60)

    def asks(self):
        for step in range(1000):
            if cancelled():
                return step
            progress(step / 1000, "asking")
            time.sleep(0.01)

    def forks(self) -> int:
        pid = os.fork()
        if pid != 0:
            os.waitpid(pid, 0)
        return pid

    def logs(self):
        print("printed")
        logging.getLogger("unruly").warning("logged %d", 1)
        logging.getLogger().error("wrong")

    def reads(self, path: str) -> str:
        with open(path) as file:
            return file.read()

    def writes(self, path: str):
        with open(path, "w") as file:
            file.write("written")

    def connects(self, host: str, port: int):
        socket.create_connection((host, port), 1).close()

    def runs(self, program: str) -> str:
        return subprocess.check_output([program], text=True)

    def signals(self, pid: int):
        os.kill(pid, 0)

    def variable(self, name: str):
        return os.environ.get(name)

    def leaves_a_thread(self):
        threading.Thread(target=lambda: 1 / 0).start()
