"""A device for programs that use asyncio."""

from __future__ import annotations

from functools import partial
from typing import Any, Callable, Dict, Generator, List, Optional

from .async_stream import AsyncStream
from .calls import Invocation
from .collect import collect
from .collection import Collection
from .device import Device, unknown_name
from .in_thread import in_thread
from .methods import dress


class AsyncDevice:
    """A :class:`Device` whose functions are awaited: ``await psu.voltage`` reads, ``await psu.set("voltage", 3.3)`` sets,
    ``await psu.ramp(volts=5)`` calls. ``psu.sync`` is the same device for threads."""

    __slots__ = ("sync", "__weakref__")

    #: The same device for threads.
    sync: Device

    def __init__(self, device: Device) -> None:
        object.__setattr__(self, "sync", device)

    @property
    def id(self) -> str:
        """The device's id."""
        return self.sync.id

    @property
    def properties(self) -> Dict[str, Dict[str, Any]]:
        """The properties by their names."""
        return dict(self._description().properties)

    @property
    def methods(self) -> Dict[str, Dict[str, Any]]:
        """The methods by their names."""
        return dict(self._description().methods)

    async def info(self) -> Dict[str, Any]:
        """The device as the server describes it."""
        return await in_thread(self.sync.info)

    async def connect(self) -> AsyncDevice:
        """Connect the instrument."""
        await in_thread(self.sync.connect)
        return self

    async def disconnect(self) -> AsyncDevice:
        """Disconnect the instrument."""
        await in_thread(self.sync.disconnect)
        return self

    async def safe(self, reason: Optional[str] = None) -> None:
        """Bring the instrument into its safe state."""
        await in_thread(partial(self.sync.safe, reason))

    async def get(self, name: str) -> Any:
        """Read a property from the instrument."""
        return await in_thread(partial(self.sync.get, name))

    async def set(self, name: str, value: Any) -> Any:
        """Set a property, and return what the instrument says afterwards."""
        return await in_thread(partial(self.sync.set, name, value))

    async def call(self, method: str, /, *args: Any, **kwargs: Any) -> Any:
        """Call a method, and return its result. Cancelling the task cancels the call."""
        invocation = Invocation(self.sync._bench.api, self.id, method, args, kwargs)
        return await in_thread(invocation.run, invocation.cancel)

    def stream(self, *, timeout: Optional[float] = None, **settings: Any) -> AsyncStream:
        """The samples of the device, as ``Device.stream``."""
        return AsyncStream(self.sync.stream(**settings), timeout)

    def columns(self, *, timeout: Optional[float] = None, **settings: Any) -> AsyncStream:
        """The samples of the device as arrays, as ``Device.columns``."""
        return AsyncStream(self.sync.columns(**settings), timeout)

    async def collect(
        self,
        seconds: Optional[float] = None,
        *,
        samples: Optional[int] = None,
        timeout: Optional[float] = 30.0,
        **settings: Any,
    ) -> Collection:
        """Collect samples, as ``Device.collect``."""
        stream = self.sync.stream(**{**settings, "gaps": "ignore"})
        units = self._description().units()
        return await in_thread(partial(collect, stream, self.id, units, seconds, samples, timeout), stream.close)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        description = self._description()
        if name in description.properties:
            return _Reading(partial(self.get, name))
        if name not in description.methods:
            raise AttributeError(f"{unknown_name(self.id, name, description.names())} (await bench.refresh() reads them again)")

        async def method(*args: Any, **kwargs: Any) -> Any:
            return await self.call(name, *args, **kwargs)

        dress(method, self.id, description.methods[name])
        return method

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f'Cannot set {name}: use await device.set("{name}", …)')

    def __dir__(self) -> List[str]:
        return sorted({*super().__dir__(), *self._description().names()})

    def __repr__(self) -> str:
        return f"<AsyncDevice {self.id} of {self.sync._bench.url}>"

    def _repr_html_(self) -> str:
        return self.sync._repr_html_()

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        self.sync._repr_pretty_(printer, cycle)

    def _description(self) -> Any:
        known = self.sync._bench.descriptions.known(self.id)
        if known is None:
            raise RuntimeError(f'"{self.id}" is not known yet: await bench.refresh()')
        return known


class _Reading:
    """The value of a property, to be awaited."""

    def __init__(self, read: Callable[[], Any]) -> None:
        self._read = read

    def __await__(self) -> Generator[Any, None, Any]:
        return self._read().__await__()  # type: ignore[no-any-return]
