import time


class ConnectHangs:
    """Waits for ever."""

    def connect(self):
        time.sleep(60)
