"""A bench for programs that use asyncio."""

from __future__ import annotations

from functools import partial
from typing import Any, Dict, Iterator, List, Mapping, Optional

from . import tables
from .async_device import AsyncDevice
from .async_stream import AsyncStream
from .bench import Bench
from .description import UnknownDevice
from .device import Device
from .in_thread import in_thread
from .lease import AsyncLease


class AsyncBench:
    """A :class:`Bench` whose functions are awaited.

        async with AsyncBench() as bench:
            psu = bench["psu1"]
            await psu.set("voltage", 3.3)
            print(await psu.voltage)
            await psu.ramp(volts=5, rate=0.1)      # cancelling the task cancels the call
            async for sample in bench["daq1"].stream(sample_rate=100):
                ...

    ``async with`` reads what the devices can do; ``await bench.refresh()`` reads it again, after devices were added or
    drivers have changed.
    """

    def __init__(
        self,
        url: Optional[str] = None,
        token: Optional[str] = None,
        *,
        timeout: Optional[float] = 60.0,
        valid_for: Optional[float] = 10.0,
    ) -> None:
        #: The same bench for threads.
        self.bench = Bench(url, token, timeout=timeout, valid_for=valid_for)
        self._devices: Optional[Dict[str, AsyncDevice]] = None

    @property
    def url(self) -> str:
        """The daemon's address."""
        return self.bench.url

    async def refresh(self) -> AsyncBench:
        """Read the devices with their methods and properties."""
        found = await in_thread(self.bench.descriptions.read_all)
        self._devices = {device_id: AsyncDevice(Device(self.bench, device_id)) for device_id in found}
        return self

    async def __aenter__(self) -> AsyncBench:
        return await self.refresh()

    async def __aexit__(self, *exception: object) -> None:
        pass

    def __getitem__(self, device_id: str) -> AsyncDevice:
        devices = self._known()
        if device_id not in devices:
            known = ", ".join(devices) or "none"
            raise UnknownDevice(f'Cannot find device "{device_id}": known devices are {known}', type="DeviceNotFound")
        return devices[device_id]

    def __iter__(self) -> Iterator[str]:
        return iter(list(self._known()))

    def __len__(self) -> int:
        return len(self._known())

    def __contains__(self, device_id: object) -> bool:
        return device_id in self._known()

    def __bool__(self) -> bool:
        return True

    async def add(self, device_id: str, device_type: str, **params: Any) -> AsyncDevice:
        """Add a device, as ``Bench.add``."""
        await in_thread(partial(self.bench.add, device_id, device_type, **params))
        await self.refresh()
        return self[device_id]

    async def remove(self, device_id: str) -> None:
        """Stop, disconnect and remove a device."""
        await in_thread(partial(self.bench.remove, device_id))
        self._known().pop(device_id, None)

    def stream(self, *device_ids: str, timeout: Optional[float] = None, **settings: Any) -> AsyncStream:
        """The samples of several devices, or of all, as ``Bench.stream``."""
        return AsyncStream(self.bench.stream(*device_ids, **settings), timeout)

    def lease(
        self, *device_ids: str, purpose: Optional[str] = None, ttl: float = 30.0, wait: Optional[float] = None
    ) -> AsyncLease:
        """Lease devices for a block, as ``Bench.lease``: ``async with bench.lease("psu1") as bench: …``."""
        return AsyncLease(self, self.bench.lease(*device_ids, purpose=purpose, ttl=ttl, wait=wait))

    async def safe(self, reason: Optional[str] = None) -> None:
        """Bring all instruments into their safe states, as ``Bench.safe``."""
        await in_thread(partial(self.bench.safe, reason))

    async def snapshot(self) -> Dict[str, Any]:
        """The properties of all devices, as their instruments say them now."""
        return await in_thread(self.bench.snapshot)

    async def restore(self, snapshot: Mapping[str, Any], *, dry_run: bool = False) -> Dict[str, Any]:
        """Set the properties of a snapshot that differ, as ``Bench.restore``."""
        return await in_thread(partial(self.bench.restore, snapshot, dry_run=dry_run))

    def __repr__(self) -> str:
        return f"<AsyncBench {self.url}>"

    def _repr_html_(self) -> str:
        return tables.html(tables.of_bench(self.bench))

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(repr(self) if cycle else tables.text(tables.of_bench(self.bench)))

    def _ipython_key_completions_(self) -> List[str]:
        return list(self)

    def _known(self) -> Dict[str, AsyncDevice]:
        if self._devices is None:
            raise RuntimeError("The devices are not known yet: use 'async with AsyncBench(…)', or await bench.refresh()")
        return self._devices
