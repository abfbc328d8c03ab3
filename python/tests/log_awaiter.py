from __future__ import annotations

import logging
import threading
from typing import List

from .scripted_server import LIMIT_SECONDS

logger = logging.getLogger("labdaemon.server")


class LogAwaiter(logging.Handler):
    """Keeps what the client logs, and lets a test wait for a line instead of sleeping."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.records: List[logging.LogRecord] = []
        self._changed = threading.Condition()

    def emit(self, record: logging.LogRecord) -> None:
        with self._changed:
            self.records.append(record)
            self._changed.notify_all()

    def wait(self, text: str, times: int = 1) -> None:
        with self._changed:
            if not self._changed.wait_for(lambda: self._count(text) >= times, LIMIT_SECONDS):
                raise AssertionError(f"{text!r} was logged {self._count(text)} times, not {times}")

    def _count(self, text: str) -> int:
        return sum(text in record.getMessage() for record in self.records)

    def __enter__(self) -> LogAwaiter:
        logger.addHandler(self)
        self._before = (logger.level, logger.propagate)
        logger.setLevel(logging.DEBUG)
        logger.propagate = False
        return self

    def __exit__(self, *exception: object) -> None:
        logger.level, logger.propagate = self._before
        logger.removeHandler(self)
