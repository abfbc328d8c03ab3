from labdaemon.driver import every


class YieldsNothing:
    """Its first sample never comes."""

    def stream(self):
        for tick in every(10):
            if tick > 0:
                yield 1
