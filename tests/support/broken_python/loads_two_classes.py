class Supply:
    """One of two instruments."""

    def connect(self): ...


class Meter:
    """Which of them is the driver?"""

    def connect(self): ...
