"""For authors of drivers. A driver is a class in a file of the ``drivers`` folder::

    from typing import Annotated
    from labdaemon.driver import Unit, every

    class Thermometer:
        '''A thermometer on a serial port.'''

        def __init__(self, port: str):
            self.port = port

        def stream(self, sample_rate: Annotated[float, Unit("Hz")] = 10.0):
            for _ in every(1 / sample_rate):
                yield 21.5

Nothing here is needed: a plain class with ``connect``, ``disconnect`` and public methods is a driver, too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .context import cancelled, every, progress
from .errors import Cancelled
from .marks import Doc, Length, Pattern, Range, Secret, Step, Unit
from .timed import Block, Lost, Stamped, block, stamped

if TYPE_CHECKING:
    from .declare import driver, method

__all__ = [
    "Block", "Cancelled", "Doc", "Length", "Lost", "Pattern", "Range", "Secret", "Stamped", "Step", "Unit",
    "block", "cancelled", "driver", "every", "method", "progress", "stamped",
]


def __getattr__(name: str) -> Any:
    if name in ("driver", "method"):
        from . import declare

        return getattr(declare, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
