"""A device, as a task uses it."""

from __future__ import annotations

from typing import Any, Dict, Iterator, NamedTuple, Optional

from .channel import Channel


class Sample(NamedTuple):
    """One sample of a device."""

    sequence: int
    timestamp: str
    value: Any


class TaskDevice:
    """Everything goes by the daemon, under the task's lease. A driver's methods and properties are attributes, too:
    ``supply.voltage = 3`` and ``stage.home()``."""

    def __init__(self, id: str, channel: Channel):
        vars(self).update(id=id, _channel=channel, _members=None)

    def call(self, method: str, *args: Any, **kwargs: Any) -> Any:
        """Call a method."""
        return self._ask("call", method=method, args=list(args), kwargs=kwargs)

    def get(self, name: str) -> Any:
        """Read a property from the instrument."""
        return self._ask("get", name=name)

    def set(self, name: str, value: Any) -> Any:
        """Set a property. Returns what the instrument says after it."""
        return self._ask("set", name=name, value=value)

    def stream(self, **options: Any) -> Iterator[Sample]:
        """The samples from now on. The device streams while they are read."""
        number = self._ask("stream", options=options)
        try:
            while True:
                samples = self._channel.ask("read", stream=number)
                if not samples:
                    return
                for it in samples:
                    yield Sample(it["sequence"], it["timestamp"], it["payload"])
        finally:
            self._channel.ask("close", stream=number)

    def connect(self) -> Dict[str, Any]:
        """Connect the device. Returns its status."""
        return self._act("connect")

    def disconnect(self) -> Dict[str, Any]:
        """Disconnect the device. Returns its status."""
        return self._act("disconnect")

    def status(self) -> Dict[str, Any]:
        """The status of the device, as ``GET /devices/{id}`` answers it."""
        return self._act("status")

    def make_safe(self, reason: str) -> Dict[str, Any]:
        """Bring the instrument into its safe state."""
        return self._act("safe", reason)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        if name in self._described("properties"):
            return self.get(name)
        if name in self._described("methods"):
            return lambda *args, **kwargs: self.call(name, *args, **kwargs)
        raise AttributeError(f'"{self.id}" has no method and no property {name!r}')

    def __setattr__(self, name: str, value: Any) -> None:
        if name not in self._described("properties"):
            raise AttributeError(f'"{self.id}" has no property {name!r}')
        self.set(name, value)

    def __repr__(self) -> str:
        return f"<device {self.id}>"

    def _described(self, kind: str) -> Any:
        if self._members is None:
            vars(self)["_members"] = self._act("describe")
        return self._members[kind]

    def _act(self, action: str, reason: Optional[str] = None) -> Any:
        more = {} if reason is None else {"reason": reason}
        return self._ask("device", action=action, **more)

    def _ask(self, op: str, **order: Any) -> Any:
        return self._channel.ask(op, device=self.id, **order)
