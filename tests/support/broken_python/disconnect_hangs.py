import time


class DisconnectHangs:
    """Waits for ever, once it was connected."""

    is_open = False

    def connect(self):
        self.is_open = True

    def disconnect(self):
        if self.is_open:
            time.sleep(60)
