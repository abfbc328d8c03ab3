import time


class IgnoresItsStop:
    """Takes the end of the generator for a fault of the instrument."""

    def stream(self):
        while True:
            time.sleep(0.02)
            try:
                yield 1
            except BaseException:
                continue
