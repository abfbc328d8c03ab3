"""Checks each sample as the driver yields it."""

from __future__ import annotations

import json
from typing import Any, Dict, Iterable, Optional

from ..driver.schema.check import issues_of, path_text
from ..driver.timed import Block, Lost, Stamped
from ..driver.values import encode


class SampleChecker:
    """Counts samples, and keeps the first that cannot be encoded, and the first that does not match the schema."""

    def __init__(self, definition: Any) -> None:
        self._definition = definition
        self._count = 0
        self._not_serializable: Optional[str] = None
        self._mismatch: Optional[str] = None

    def check(self, yielded: Any) -> None:
        """Check what a driver has yielded."""
        for sample in self._payloads(yielded):
            number = self._count
            self._count += 1
            try:
                text = encode(sample, "json").decode()
            except Exception as error:
                self._not_serializable = self._not_serializable or f"sample {number}: {error}"
                continue
            if self._mismatch is None and self._definition.sample is not None:
                issues = [(path_text(path), message) for path, message in issues_of(self._definition.sample, json.loads(text))]
                words = "; ".join(f"{path}: {message}" if path else message for path, message in issues)
                self._mismatch = f"sample {number}, {text[:100]}: {words}" if issues else None

    def report(self) -> Dict[str, Any]:
        """The findings."""
        return {"count": self._count, "notSerializable": self._not_serializable, "mismatch": self._mismatch}

    def _payloads(self, yielded: Any) -> Iterable[Any]:
        if isinstance(yielded, Lost):
            return []
        if isinstance(yielded, Stamped):
            return [yielded.value]
        if isinstance(yielded, Block):
            return [yielded.values] if self._definition.is_waveform(yielded) else yielded.payloads()
        return [yielded]
