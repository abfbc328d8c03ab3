import random
import threading
import time


class StreamingDAQ:
    """A simulated DAQ that streams from a thread of its own, written without any thought of a daemon."""

    def __init__(self, device_id, **kwargs):
        self.device_id = device_id
        self.high = kwargs.get("high", 10.0)
        self._streaming = False
        self._thread = None

    def connect(self):
        print(f"{self.device_id} is connected")

    def disconnect(self):
        self.stop_streaming(timeout=1.0)

    def start_streaming(self, callback, sample_rate=10.0):
        if self._streaming:
            return
        self._streaming = True
        self._thread = threading.Thread(target=self._loop, args=(callback, sample_rate))
        self._thread.start()

    def stop_streaming(self, timeout=None):
        self._streaming = False
        if self._thread is not None:
            self._thread.join(timeout)
            self._thread = None

    def is_streaming(self):
        return self._streaming

    def set_high(self, volts: float):
        """Change the upper end of the range."""
        self.high = volts
        return self.high

    def _loop(self, callback, sample_rate):
        while self._streaming:
            callback(random.uniform(0, self.high))
            time.sleep(1.0 / sample_rate)
