"""A device of a bench."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Any, Dict, List, Mapping, Optional

from . import tables
from .arrays import from_wire, to_wire
from .calls import Call, Invocation
from .collect import collect
from .collection import Collection
from .columns import ColumnStream
from .description import get_device
from .methods import make_method, start_call
from .stream import Stream

if TYPE_CHECKING:
    from .bench import Bench


class Device:
    """A device of a bench. Its driver's properties and methods are attributes.

        psu = bench["psu1"]
        psu.voltage = 3.3                  # set, and read back by the instrument's driver
        print(psu.voltage)                 # read from the instrument, now
        psu.ramp(volts=5, rate=0.1)        # waits as long as the method's own limit allows; Ctrl-C cancels it
        call = psu.ramp.start(volts=0)     # does not wait: call.progress, call.result(), call.cancel()

    A property or method with the name of one of the functions here is reached by ``get``, ``set`` and ``call``. Any number
    of threads may share a device.
    """

    __slots__ = ("_bench", "_id", "__weakref__")

    _bench: Bench
    _id: str

    def __init__(self, bench: Bench, device_id: str) -> None:
        object.__setattr__(self, "_bench", bench)
        object.__setattr__(self, "_id", device_id)

    @property
    def id(self) -> str:
        """The device's id."""
        return self._id

    def info(self) -> Dict[str, Any]:
        """The device as the server describes it: its state, params, last error and stream."""
        return get_device(self._bench.api, self._id)

    def connect(self) -> Device:
        """Connect the instrument. Connecting twice is fine."""
        self._bench.api.connect_device(self._id)
        return self

    def disconnect(self) -> Device:
        """Disconnect the instrument. Disconnecting twice is fine."""
        self._bench.api.disconnect_device(self._id)
        return self

    def safe(self, reason: Optional[str] = None) -> None:
        """Bring the instrument into its safe state; raises if that failed. It is no safety function of a machine."""
        self._bench.check_safe([self._bench.api.make_device_safe(self._id, reason)])

    # Properties and methods

    @property
    def properties(self) -> Dict[str, Dict[str, Any]]:
        """The properties by their names: ``summary``, ``schema`` (with its ``unit``), ``writable``, ``readable``."""
        return dict(self._bench.descriptions.of(self._id).properties)

    @property
    def methods(self) -> Dict[str, Dict[str, Any]]:
        """The methods by their names: ``doc``, ``parameters``, ``input`` (a JSON Schema)."""
        return dict(self._bench.descriptions.of(self._id).methods)

    def get(self, name: str) -> Any:
        """Read a property from the instrument."""
        return from_wire(self._bench.api.get_device_property(self._id, name)["value"])

    def set(self, name: str, value: Any) -> Any:
        """Set a property, and return what the instrument says afterwards."""
        return from_wire(self._bench.api.set_device_property(self._id, name, to_wire(value))["value"])

    def call(self, method: str, /, *args: Any, **kwargs: Any) -> Any:
        """Call a method, and return its result."""
        return Invocation(self._bench.api, self._id, method, args, kwargs).run_until_interrupt()

    def start(self, method: str, /, *args: Any, **kwargs: Any) -> Call:
        """Start a method, and do not wait for it."""
        return start_call(self._bench.api, self._id, method, args, kwargs)

    # Samples

    def stream(
        self,
        *,
        gaps: str = "raise",
        timeout: Optional[float] = None,
        since: Optional[str] = None,
        past: Optional[float] = None,
        max_rate: Optional[float] = None,
        options: Optional[Mapping[str, Any]] = None,
        **driver_options: Any,
    ) -> Stream:
        """The samples of the device, one by one; see :class:`Stream`. The first reader starts the device.

        ``gaps``: missing samples ``"raise"``, are ``"yield"``-ed, or ``"ignore"``-d. ``timeout``: the seconds without a
        sample after which TimeoutError is raised. ``since``: an earlier ``stream.last_event_id``, to resume after.
        ``past``: begin with the samples of so many last seconds. ``max_rate``: get at most so many samples per second.
        All others are the driver's options, such as ``sample_rate=100``; they apply if this reader starts the run, else
        a warning says so. An option with the name of one of the above goes into ``options``.
        """
        return Stream(
            self._bench.address,
            self._id,
            gaps=gaps,
            timeout=timeout,
            since=since,
            past=past,
            max_rate=max_rate,
            options={**driver_options, **(options or {})},
        )

    def columns(
        self,
        *,
        gaps: str = "raise",
        timeout: Optional[float] = None,
        since: Optional[str] = None,
        past: Optional[float] = None,
        options: Optional[Mapping[str, Any]] = None,
        **driver_options: Any,
    ) -> ColumnStream:
        """The samples of the device as :class:`Columns`: arrays of all that come together, for a device that is fast.

        The rest is as in ``stream``.
        """
        return ColumnStream(
            self._bench.address,
            self._id,
            gaps=gaps,
            timeout=timeout,
            since=since,
            past=past,
            options={**driver_options, **(options or {}), "format": "columns"},
        )

    def collect(
        self,
        seconds: Optional[float] = None,
        *,
        samples: Optional[int] = None,
        timeout: Optional[float] = 30.0,
        past: Optional[float] = None,
        max_rate: Optional[float] = None,
        options: Optional[Mapping[str, Any]] = None,
        **driver_options: Any,
    ) -> Collection:
        """Collect the samples of ``seconds`` seconds, from the first on, or ``samples`` samples, or what comes first.

        Gaps do not raise: they are in the result. ``timeout``: the seconds without a sample after which TimeoutError is
        raised. The rest is as in ``stream``.
        """
        options = {**driver_options, **(options or {})}
        stream = self.stream(gaps="ignore", past=past, max_rate=max_rate, options=options)
        units = self._bench.descriptions.of(self._id).units()
        return collect(stream, self._id, units, seconds, samples, timeout)

    # Python's own

    def __getattr__(self, name: str) -> Any:
        # Notebooks and libraries look for many names of this kind.
        if name.startswith("_"):
            raise AttributeError(name)
        description = self._bench.descriptions.of(self._id, name)
        if name in description.properties:
            return self.get(name)
        if name in description.methods:
            return make_method(self._bench.api, self._id, description.methods[name])
        raise AttributeError(unknown_name(self._id, name, description.names()))

    def __setattr__(self, name: str, value: Any) -> None:
        if hasattr(type(self), name):
            raise AttributeError(f'Cannot set {name}: it is a function of Device; a property is set by set("{name}", …)')
        description = self._bench.descriptions.of(self._id, name)
        if name in description.properties:
            self.set(name, value)
        elif name in description.methods:
            raise AttributeError(f'Cannot set {name}: it is a method of "{self._id}"')
        else:
            raise AttributeError(unknown_name(self._id, name, description.names()))

    def __dir__(self) -> List[str]:
        return sorted({*super().__dir__(), *self._bench.descriptions.of(self._id).names()})

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Device) and other._id == self._id and other._bench.url == self._bench.url

    def __hash__(self) -> int:
        return hash((self._id, self._bench.url))

    def __reduce__(self) -> Any:
        return Device, (self._bench, self._id)

    def __repr__(self) -> str:
        return f"<Device {self._id} of {self._bench.url}>"

    def _repr_html_(self) -> str:
        return tables.html(tables.of_device(self))

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(repr(self) if cycle else tables.text(tables.of_device(self)))


def unknown_name(device_id: str, name: str, known: List[str]) -> str:
    """The message for an attribute that a device does not have."""
    close = difflib.get_close_matches(name, known, 1)
    hint = f"; did you mean {close[0]}?" if close else f"; it has {', '.join(known) or 'none'}"
    return f'"{device_id}" has no property or method {name}{hint}'
