from labdaemon.driver import every


class StreamBreaks:
    """Its second sample is an error."""

    def stream(self):
        for tick in every(0.02):
            if tick == 1:
                raise ValueError("cannot read the answer")
            yield 1
