class TakesUnknownParams:
    """A misspelt param is not noticed."""

    def __init__(self, **kwargs): ...
