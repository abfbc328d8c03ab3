"""The samples of devices as an asynchronous iterator."""

from __future__ import annotations

import asyncio
from collections import deque
from functools import partial
from typing import Any, Deque, Dict, List, Optional, Union

from .in_thread import in_thread
from .sample import Gap
from .stream import Item, Stream


class AsyncStream:
    """A :class:`Stream` for ``async for`` and ``async with``.

    Cancelling a wait for the next sample loses none: a later one goes on. ``async with`` ends the stream where its block
    ends; without it, it ends when nothing refers to it any more.
    """

    def __init__(self, stream: Stream, timeout: Optional[float]) -> None:
        self._stream = stream
        self._timeout = timeout
        self._items: Deque[Union[Item, Exception]] = deque()
        self._fetching: Optional[asyncio.Task[bool]] = None

    @property
    def gaps(self) -> List[Gap]:
        """All gaps so far."""
        return self._stream.gaps

    @property
    def states(self) -> Dict[str, str]:
        """The state of each device, such as ``{"daq1": "streaming"}``."""
        return self._stream.states

    @property
    def other_options(self) -> Optional[Dict[str, Any]]:
        """The options of the run, where it has others than were asked for; else None."""
        return self._stream.other_options

    @property
    def last_event_id(self) -> Optional[str]:
        """The id of the last event that has arrived: ``since`` with this id resumes after it."""
        return self._stream.last_event_id

    def __aiter__(self) -> AsyncStream:
        return self

    async def __anext__(self) -> Item:
        while not self._items:
            if self._fetching is None:
                # It refers to the stream and not to this object, which may vanish meanwhile.
                fetch = in_thread(partial(self._stream.fetch, self._timeout), self._stream.close)
                self._fetching = asyncio.ensure_future(fetch)
                self._fetching.add_done_callback(_retrieve)
            fetching = self._fetching
            try:
                is_open = await asyncio.shield(fetching)
            finally:
                if fetching.done():
                    self._fetching = None
            self._items = self._stream.take()
            if not is_open and not self._items:
                raise StopAsyncIteration
        item = self._items.popleft()
        if isinstance(item, Exception):
            raise item
        return item

    async def aclose(self) -> None:
        """End the stream. Closing twice is fine."""
        self._stream.close()

    async def __aenter__(self) -> AsyncStream:
        return self

    async def __aexit__(self, *exception: object) -> None:
        await self.aclose()

    def __del__(self) -> None:
        if "_stream" in self.__dict__:
            self._stream.close()


def _retrieve(task: asyncio.Task[bool]) -> None:
    """Look at the outcome: after a cancelled wait it may not be asked for, and asyncio would complain."""
    if not task.cancelled():
        task.exception()
