class NeedsAParam:
    """A param without a default is not given."""

    def __init__(self, address: str): ...
