import time


class SafeHangs:
    """Waits for ever."""

    def safe(self):
        time.sleep(60)
