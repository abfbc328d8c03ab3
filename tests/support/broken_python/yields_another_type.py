from typing import Iterator

from labdaemon.driver import every


class YieldsAnotherType:
    """A text, as the instrument sends it."""

    def stream(self) -> Iterator[float]:
        for _ in every(0.02):
            yield "+1.25E+00"
