"""One run of a driver's own generator, without the host's safeguards."""

from __future__ import annotations

import threading
from typing import Any, Dict, Optional

from ..driver.context import RUN


class OwnRun:
    """Takes a sample, is stopped while the next one is awaited, and closes the generator."""

    def __init__(self, source: Any, options: Dict[str, Any], process: Any) -> None:
        self._source = source
        self._options = options
        self._process = process
        self._stop = threading.Event()
        #: Set with the first sample, and when there is none.
        self.first = threading.Event()
        #: Set when it has ended.
        self.done = threading.Event()
        self.ended_before = False
        #: The samples that came after the stop.
        self.after = 0
        #: True if it went on though it was closed.
        self.goes_on = False
        #: What it raised before its first sample.
        self.error: Optional[BaseException] = None

    def start(self) -> None:
        """Begin, in a thread."""
        threading.Thread(target=self._run, name="labdaemon-own-run", daemon=True).start()

    def stop(self) -> None:
        """Stop the run."""
        self._stop.set()

    # As the host's run, for every() and cancelled().

    def stopping(self) -> bool:
        return self._stop.is_set()

    def wait(self, seconds: float) -> bool:
        return self._stop.wait(seconds)

    async def wait_async(self, seconds: float) -> bool:
        import asyncio
        import time

        ends = time.monotonic() + seconds
        while not self._stop.is_set() and time.monotonic() < ends:
            await asyncio.sleep(min(0.01, max(0.0, ends - time.monotonic())))
        return self._stop.is_set()

    def _run(self) -> None:
        RUN.set(self)
        try:
            samples = self._process.result_of(None, self._source.open(self._options))
            if hasattr(samples, "__aiter__"):
                self._process.result_of(None, self._take_async(samples))
            else:
                self._take(iter(samples))
        except BaseException as error:
            # A stream that raises has ended, too.
            if not self.first.is_set():
                self.error = error
            self.goes_on = self.goes_on or "ignored GeneratorExit" in str(error)
        self.first.set()
        self.done.set()

    def _take(self, samples: Any) -> None:
        for _ in samples:
            if self.first.is_set() and self._stop.is_set():
                self.after = 1
                break
            self.first.set()
        else:
            self.ended_before = not self._stop.is_set()
            return
        close = getattr(samples, "close", None)
        if close is not None:
            close()

    async def _take_async(self, samples: Any) -> None:
        RUN.set(self)
        async for _ in samples:
            if self.first.is_set() and self._stop.is_set():
                self.after = 1
                break
            self.first.set()
        else:
            self.ended_before = not self._stop.is_set()
            return
        close = getattr(samples, "aclose", None)
        if close is not None:
            await close()
