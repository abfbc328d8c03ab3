"""A bench: the devices of one daemon."""

from __future__ import annotations

import os
from typing import Any, Callable, Dict, Iterable, Iterator, List, Mapping, Optional

from ..server.api import ServerAPI
from ..server.error_answers import error_from_report
from ..server.errors import DeviceNotFoundError
from . import tables
from .description import Descriptions, get_device
from .device import Device
from .lease import Lease
from .recordings import Recordings
from .stream import Stream

DEFAULT_URL = "http://127.0.0.1:5000"


class Bench(Mapping[str, Device]):
    """The devices of a daemon, by their ids.

        bench = Bench("http://127.0.0.1:5000")
        list(bench)                 # ["daq1", "psu1"]
        psu = bench["psu1"]

    ``url`` is by default ``LABDAEMON_URL`` of the environment, else ``http://127.0.0.1:5000``. ``token`` is by default
    ``LABDAEMON_TOKEN`` of the environment. ``timeout`` is the limit in seconds for connecting, and for each wait for an
    answer. ``valid_for`` is the validity of a command in seconds.

    Nothing stays open: a bench may be shared by threads, used after a fork, pickled, and outlives restarts of the daemon.
    Connections are direct, whatever the environment says of proxies. Errors are those of :mod:`labdaemon.server`.
    """

    def __init__(
        self,
        url: Optional[str] = None,
        token: Optional[str] = None,
        *,
        timeout: Optional[float] = 60.0,
        valid_for: Optional[float] = 10.0,
    ) -> None:
        url = url or os.environ.get("LABDAEMON_URL") or DEFAULT_URL
        token = token or os.environ.get("LABDAEMON_TOKEN") or None
        #: The HTTP API, call by call.
        self.api = ServerAPI(url, timeout=timeout, valid_for=valid_for, token=token)
        self._token = token
        # A lease that another program renews: ctl lease take.
        if os.environ.get("LABDAEMON_LEASE"):
            self.address.enter_lease(os.environ["LABDAEMON_LEASE"])
        #: What the devices can do.
        self.descriptions = Descriptions(self.api)

    @property
    def url(self) -> str:
        """The daemon's address."""
        return self.api.base_url

    @property
    def address(self) -> Any:
        """Where streams connect to."""
        return self.api._address

    @property
    def recordings(self) -> Recordings:
        """The recordings, the oldest first: ``bench.recordings["run42"].to_pandas()``."""
        return Recordings(self)

    # Devices

    def __getitem__(self, device_id: str) -> Device:
        get_device(self.api, device_id)
        return Device(self, device_id)

    def __iter__(self) -> Iterator[str]:
        return iter([each["device_id"] for each in self.api.list_devices()])

    def __len__(self) -> int:
        return len(self.api.list_devices())

    def __contains__(self, device_id: object) -> bool:
        return device_id in list(self)

    def add(
        self,
        device_id: str,
        device_type: str,
        *,
        settings: Optional[Mapping[str, Any]] = None,
        params: Optional[Mapping[str, Any]] = None,
        **driver_params: Any,
    ) -> Device:
        """Add a device with the driver ``device_type``, and return it.

        Keyword arguments are the driver's params. ``settings`` are those of the bench file: ``{"limits": {"call":
        "2min"}}``.
        """
        self.api.create_device(device_id, device_type, {**driver_params, **(params or {})}, settings)
        return Device(self, device_id)

    def remove(self, device_id: str) -> None:
        """Stop, disconnect and remove a device."""
        self.api.remove_device(device_id)

    def drivers(self) -> List[Dict[str, Any]]:
        """All drivers with their schemas; broken ones with their error."""
        return list(self.api.list_drivers())

    # All devices at once

    def stream(
        self,
        *device_ids: str,
        gaps: str = "raise",
        timeout: Optional[float] = None,
        since: Optional[str] = None,
        past: Optional[float] = None,
        max_rate: Optional[float] = None,
    ) -> Stream:
        """The samples of several devices on one connection, of all devices without ids: ``sample.device_id`` says whose."""
        devices = list(device_ids) or ["*"]
        return Stream(self.address, devices, gaps=gaps, timeout=timeout, since=since, past=past, max_rate=max_rate)

    def lease(
        self, *device_ids: str, purpose: Optional[str] = None, ttl: float = 30.0, wait: Optional[float] = None
    ) -> Lease:
        """Lease devices for a block: no one else may command them. It is renewed in the background, and released at the
        end, also by an exception.

            with bench.lease("psu1", "stage1", purpose="IV curve", wait=60) as bench:
                bench["psu1"].voltage = 3.3

        ``wait`` (seconds) waits until all are free; without it, ``DeviceInUseError`` comes at once. ``ttl`` (seconds) is how
        long it holds when this program is gone: its devices are then made safe. A program that was suspended for longer
        gets ``LeaseEndedError`` for its commands.
        """
        return Lease(self, device_ids, purpose, ttl, wait)

    def safe(self, reason: Optional[str] = None) -> None:
        """Bring all instruments into their safe states; raises if one failed. It is no safety function of a machine."""
        results = self.api.make_safe(reason)
        self.check_safe([each for each in results if _failure_type(each) not in ("NoSafeState", "DeviceNotConnected")])

    def snapshot(self) -> Dict[str, Any]:
        """The properties of all devices, as their instruments say them now."""
        return self.api.snapshot()

    def restore(
        self,
        snapshot: Mapping[str, Any],
        *,
        dry_run: bool = False,
        on_device: Optional[Callable[[Dict[str, Any]], Any]] = None,
    ) -> Dict[str, Any]:
        """Set the properties of a snapshot that differ; with ``dry_run`` nothing is set. Returns what was changed and
        skipped."""
        return self.api.restore(snapshot, dry_run=dry_run, on_device=on_device)

    @staticmethod
    def check_safe(results: Iterable[Mapping[str, Any]]) -> None:
        """Raise the first failure; its message names all."""
        failed = [each for each in results if not each.get("ok")]
        if failed:
            report = dict(failed[0].get("error") or {})
            words = [f'"{each.get("device_id")}": {(each.get("error") or {}).get("message", "failed")}' for each in failed]
            raise error_from_report({**report, "message": "; ".join(words)})

    # Python's own

    def __bool__(self) -> bool:
        return True

    def __eq__(self, other: object) -> bool:
        return self is other

    __hash__ = object.__hash__

    def __enter__(self) -> Bench:
        return self

    def __exit__(self, *exception: object) -> None:
        pass

    def __reduce__(self) -> Any:
        return _bench, (self.url, self._token, self.api.timeout, self.api.valid_for)

    def __repr__(self) -> str:
        return f"<Bench {self.url}>"

    def _repr_html_(self) -> str:
        return tables.html(tables.of_bench(self))

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(repr(self) if cycle else tables.text(tables.of_bench(self)))

    def _ipython_key_completions_(self) -> List[str]:
        return list(self)


def _bench(url: str, token: Optional[str], timeout: Optional[float], valid_for: Optional[float]) -> Bench:
    return Bench(url, token, timeout=timeout, valid_for=valid_for)


def _failure_type(result: Mapping[str, Any]) -> Optional[str]:
    return (result.get("error") or {}).get("type")
