from labdaemon.driver import every


class IgnoresItsRate:
    """40 Hz, whatever was asked for."""

    def stream(self, sample_rate: float = 50):
        for _ in every(0.025):
            yield 1
