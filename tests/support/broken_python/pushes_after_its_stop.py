import threading
import time


class PushesAfterItsStop:
    """Does not wait for its thread."""

    running = False

    def start_streaming(self, callback):
        self.running = True
        threading.Thread(target=self._loop, args=(callback,)).start()

    def stop_streaming(self):
        self.running = False

    def is_streaming(self):
        return self.running

    def _loop(self, callback):
        while self.running:
            callback(1)
            time.sleep(0.1)
        callback(2)
