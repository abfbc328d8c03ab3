from typing import Annotated

from labdaemon.driver import Range


class ReadsBeyondItsSchema:
    """A value out of its range, and one that cannot be read."""

    @property
    def voltage(self) -> Annotated[float, Range(0, 30)]:
        return 31

    @property
    def current(self) -> float:
        raise OSError("no answer")
