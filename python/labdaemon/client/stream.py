"""The samples of devices as an iterator."""

from __future__ import annotations

import json
import logging
import time
import warnings
from collections import deque
from typing import Any, Deque, Dict, Iterable, List, Mapping, Optional, Union

from ..server.address import ServerAddress, device_path
from ..server.error_answers import error_from_report
from ..server.errors import DeviceFaultedError, DeviceNotFoundError, ServerAPIError
from ..server.sse_client import _query_value
from ..server.sse_parser import ServerSentEvent
from .arrays import from_wire
from .reader import EventReader
from .sample import Gap, GapError, Sample

logger = logging.getLogger("labdaemon")

GAPS = ("raise", "yield", "ignore")

Item = Union[Sample, Gap]


class Stream:
    """The samples of a device, or of several, in order. Leaving the loop, or ``close()``, ends it.

        with bench["daq1"].stream(sample_rate=100) as stream:
            for sample in stream:
                print(sample.sequence, sample.timestamp, sample.value)

    Nothing is lost in silence: missing samples are a :class:`GapError`, after which the stream can be read on; with
    ``gaps="yield"`` a :class:`Gap` among the samples; with ``gaps="ignore"`` they are only in ``stream.gaps``.

    It is read in the thread that iterates. What a slow program does not read waits at the daemon, and becomes a gap once
    the daemon no longer has it. A lost connection or a restarted daemon is logged (logger ``labdaemon``), and the stream
    goes on after the last sample. An instrument that is away is logged, and waited for, and so is a driver that still loads
    after a start; a device that is ``faulted`` or removed raises.
    """

    def __init__(
        self,
        address: ServerAddress,
        devices: Union[str, List[str]],
        *,
        gaps: str = "raise",
        timeout: Optional[float] = None,
        since: Optional[str] = None,
        past: Optional[float] = None,
        max_rate: Optional[float] = None,
        options: Optional[Mapping[str, Any]] = None,
    ) -> None:
        if gaps not in GAPS:
            raise ValueError(f"Cannot stream with gaps={gaps!r}: expected one of {', '.join(map(repr, GAPS))}")
        self._gaps_as = gaps
        self._timeout = timeout
        fields: Dict[str, Any] = {"since": since, "past": past, "max_rate": max_rate, **(options or {})}
        query = {name: _query_value(value) for name, value in fields.items() if value is not None}
        if isinstance(devices, str):
            self._name, path = f'"{devices}"', device_path(devices, "/stream/devices")
        else:
            self._name, path = ", ".join(devices), "/stream"
            query["devices"] = ",".join(devices)
        self._single = isinstance(devices, str)
        self._reader = EventReader(address, path, query, f"Cannot stream {self._name} from {address.base_url}")
        self._items: Deque[Any] = deque()
        #: The state of each device, such as ``{"daq1": "streaming"}``.
        self.states: Dict[str, str] = {}
        #: All gaps so far.
        self.gaps: List[Gap] = []
        #: Steps of the clock so far, in seconds: times before a step are of another clock.
        self.clock_steps: List[float] = []
        #: The options of the run, where it has others than were asked for; else None.
        self.other_options: Optional[Dict[str, Any]] = None

    @property
    def last_event_id(self) -> Optional[str]:
        """The id of the last event that has arrived: ``since`` with this id resumes after it."""
        return self._reader.last_event_id

    def __iter__(self) -> Stream:
        return self

    def __next__(self) -> Item:
        while not self._items:
            if not self.fetch(self._timeout):
                raise StopIteration
        item = self._items.popleft()
        if isinstance(item, Exception):
            raise item
        return item

    def fetch(self, timeout: Optional[float] = None) -> bool:
        """Wait for items; False if it is closed. Raises TimeoutError after ``timeout`` seconds without any."""
        ends = None if timeout is None else time.monotonic() + timeout
        while not self._items:
            events = self._reader.read(None if ends is None else ends - time.monotonic())
            if events is None:
                return False
            if not events:
                states = ", ".join(f"{name} is {state}" for name, state in self.states.items())
                found = f": {states}" if states else ""
                raise TimeoutError(f"No sample of {self._name} for {timeout:g} s{found}")
            self._take(events)
        return True

    def take(self) -> Deque[Any]:
        """The items that have arrived, of which an exception is to be raised."""
        items, self._items = self._items, deque()
        return items

    def close(self) -> None:
        """End the stream, at once and also while another thread reads it. Closing twice is fine."""
        self._reader.close()

    def __enter__(self) -> Stream:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def __del__(self) -> None:
        if "_reader" in self.__dict__:
            self.close()

    def __repr__(self) -> str:
        return f"<Stream of {self._name}>"

    def _take(self, events: Iterable[ServerSentEvent]) -> None:
        for event in events:
            try:
                data = json.loads(event.data)
                if event.type in ("device_data", "device_columns"):
                    self._take_data(event.type, data, event.data)
                else:
                    self._note(event.type, data)
            except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
                logger.error("Cannot read an event of %s: found %r", self._name, event.data[:80])

    def _take_data(self, kind: str, data: Dict[str, Any], text: str) -> None:
        self._items.append(_sample(data, text))

    def _note(self, kind: str, data: Dict[str, Any]) -> None:
        if kind == "gap":
            gap = Gap(data)
            self.gaps.append(gap)
            if self._gaps_as == "raise":
                self._items.append(GapError(gap))
            elif self._gaps_as == "yield":
                self._items.append(gap)
        elif kind == "device_state":
            self._note_state(data)
        elif kind == "stream_error":
            logger.warning('"%s" failed: %s', data["device_id"], data["error"].get("message"))
        elif kind == "options":
            self.other_options = data["options"]
            text = f'"{data["device_id"]}" streams already, with other options: {data["options"]}'
            warnings.warn(text, RuntimeWarning, stacklevel=5)
        elif kind == "clock":
            self.clock_steps.append(data["step"])
            logger.warning('The clock of "%s" was set by %g s', data["device_id"], data["step"])

    def _note_state(self, data: Dict[str, Any]) -> None:
        device_id, state = data["device_id"], data["state"]
        before = self.states.get(device_id)
        self.states[device_id] = state
        report = data.get("error") or {}
        failure: Optional[ServerAPIError] = None
        if data.get("reason") == "removed":
            failure = DeviceNotFoundError(f'"{device_id}" was removed', type="DeviceNotFound", origin="framework")
        elif state == "faulted" and not (report.get("context") or {}).get("loading"):
            message = f'"{device_id}" is faulted: {report.get("message", "its driver failed too often")}'
            failure = error_from_report({**report, "message": message})
            if not isinstance(failure, DeviceFaultedError):
                failure = DeviceFaultedError(message, type="DeviceFaulted", origin=failure.origin, context=failure.context)
        if failure is not None and self._single:
            self._items.append(failure)
        elif before == "streaming" and state == "connected":
            logger.warning('"%s" does not stream at the moment', device_id)
        elif state in ("faulted", "retrying", "disconnected") or failure is not None:
            again = f", next attempt in {data['retry_in']:.3g} s" if data.get("retry_in") is not None else ""
            why = f": {report['message']}" if report.get("message") else ""
            level = logging.DEBUG if before == state else logging.WARNING
            what = "was removed" if data.get("reason") == "removed" else f"is {state}, no samples until it is connected"
            logger.log(level, '"%s" %s%s%s', device_id, what, why, again)


def _sample(data: Dict[str, Any], text: str) -> Sample:
    value = data["payload"]
    if '"base64"' in text:
        value = from_wire(value)
    sample = Sample(data["device_id"], data["sequence"], data["timestamp"], value)
    if len(data) > 5:
        sample.skipped = data.get("skipped", 0)
        sample.dt = data.get("dt")
        sample._received = data.get("received")
    return sample
