"""A driver's samples, each of which is checked on its way."""

from __future__ import annotations

from typing import Any, Dict

from .sample_checker import SampleChecker


class CheckedSource:
    """Stands for a driver's ``Source``."""

    def __init__(self, source: Any, checker: SampleChecker) -> None:
        self._source = source
        self._check = checker.check
        self.kind = source.kind

    def open(self, options: Dict[str, Any]) -> Any:
        found = self._source.open(options)
        if hasattr(type(found), "__await__"):
            return self._opened(found)
        return self._checked(found)

    def start(self, callback: Any, options: Dict[str, Any]) -> Any:
        def take(sample: Any, *rest: Any) -> Any:
            self._check(sample)
            return callback(sample, *rest)

        return self._source.start(take, options)

    def stop(self, timeout: float) -> Any:
        return self._source.stop(timeout)

    def is_streaming(self) -> Any:
        return self._source.is_streaming()

    def read(self) -> Any:
        found = self._source.read()
        if hasattr(type(found), "__await__"):
            return self._read(found)
        self._check(found)
        return found

    async def _opened(self, opening: Any) -> Any:
        return self._checked(await opening)

    async def _read(self, reading: Any) -> Any:
        sample = await reading
        self._check(sample)
        return sample

    def _checked(self, samples: Any) -> Any:
        return self._each_async(samples) if hasattr(samples, "__aiter__") else self._each(samples)

    def _each(self, samples: Any) -> Any:
        try:
            for sample in samples:
                self._check(sample)
                yield sample
        finally:
            close = getattr(samples, "close", None)
            if close is not None:
                close()

    async def _each_async(self, samples: Any) -> Any:
        try:
            async for sample in samples:
                self._check(sample)
                yield sample
        finally:
            close = getattr(samples, "aclose", None)
            if close is not None:
                await close()
