import threading
import time


class SaysItStreams:
    """Also after its stop."""

    running = False

    def start_streaming(self, callback):
        self.running = True
        self.thread = threading.Thread(target=self._loop, args=(callback,))
        self.thread.start()

    started = False

    def stop_streaming(self):
        self.running, self.started = False, True
        self.thread.join()

    def is_streaming(self):
        return self.running or self.started

    def _loop(self, callback):
        while self.running:
            callback(1)
            time.sleep(0.02)
