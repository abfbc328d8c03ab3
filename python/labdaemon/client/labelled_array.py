"""A NumPy array with ``attrs``. Imported only where NumPy is installed."""

from __future__ import annotations

from typing import Any, Dict

import numpy


class LabelledArray(numpy.ndarray):
    """An array with ``attrs``: its content, its units, and its gaps."""

    attrs: Dict[str, Any]

    def __array_finalize__(self, source: Any) -> None:
        self.attrs = dict(getattr(source, "attrs", {}))


def labelled(array: Any, attrs: Dict[str, Any]) -> LabelledArray:
    """``array`` with ``attrs``."""
    found: LabelledArray = array.view(LabelledArray)
    found.attrs = attrs
    return found
