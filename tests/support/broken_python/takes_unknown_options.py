from labdaemon.driver import every


class TakesUnknownOptions:
    """A misspelt option is not noticed."""

    def stream(self, **options):
        for _ in every(0.02):
            yield 1
