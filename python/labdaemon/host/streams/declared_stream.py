"""The declaration of a driver's stream: the schema of a sample, and the places in the driver's file."""
import re

from ..driver_error import place_in

_FUNCTIONS = ("stream", "start_streaming", "read")


class DeclaredStream:
    """The stream that a definition declares."""

    def __init__(self, definition):
        #: The JSON Schema of a sample; ``None`` without one.
        self.sample = definition.sample
        self._cls = definition.cls

    def sample_place(self):
        """The line whose type hint declares the samples, as ``my_laser.py:12``."""
        return self._place_of(next((it for it in _FUNCTIONS if hasattr(self._cls, it)), None), r"^\s*(async\s+)?def\s")

    def pace_place(self):
        """The line that paces the samples: a call of ``every``, or the beginning of the function that gives them."""
        return self._place_of(None, r"\bevery\s*\(") or self.sample_place()

    def _place_of(self, name, pattern):
        import inspect
        try:
            found = getattr(self._cls, name) if name else self._cls
            lines, first = inspect.getsourcelines(found)
            file = inspect.getsourcefile(found)
        except Exception:  # It has no text: a class that a program makes, or one in C.
            return None
        for number, line in enumerate(lines, first):
            if re.search(pattern, line) and not line.lstrip().startswith("#"):
                return place_in(file, number)
        return None
