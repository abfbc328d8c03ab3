import threading
import time


class StartsAThreadInCreate:
    """A device that is not connected does nothing."""

    def __init__(self):
        threading.Thread(target=time.sleep, args=(60,), name="poller", daemon=True).start()
