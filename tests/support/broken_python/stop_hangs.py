import threading
import time


class StopHangs:
    """Waits for ever."""

    running = False

    def start_streaming(self, callback):
        self.running = True
        self.thread = threading.Thread(target=self._loop, args=(callback,))
        self.thread.start()

    def stop_streaming(self):
        self.running = False
        while True:
            try:
                time.sleep(60)
            except BaseException:
                continue

    def is_streaming(self):
        return self.running

    def _loop(self, callback):
        while self.running:
            callback(1)
            time.sleep(0.02)
