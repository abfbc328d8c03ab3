import threading

from labdaemon.driver import every


class LeavesAThread:
    """Has no disconnect."""

    def connect(self):
        threading.Timer(60, self.connect).start()

    def stream(self):
        for _ in every(0.02):
            yield 1
