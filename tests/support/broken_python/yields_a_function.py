from labdaemon.driver import every


class YieldsAFunction:
    """Has forgotten to call it."""

    def stream(self):
        for _ in every(0.02):
            yield self.stream
