"""The daemon's side of a task that runs."""

from __future__ import annotations

import threading
from typing import Any, Callable, List, Optional

from .channel import Channel
from .device import TaskDevice
from .errors import StepFailed, TaskCancelled


class TaskContext:
    """The params of a task are those of its constructor; this is the rest: its devices, and the daemon."""

    def __init__(self, task_id: str, run: int, channel: Channel, cancel_event: threading.Event):
        #: The id of this execution.
        self.task_id = task_id
        #: 1 for the first run of it, 2 for the run after a crash, and so on.
        self.run = run
        #: Set when the task is cancelled.
        self.cancel_event = cancel_event
        #: ``resume_event.wait()`` waits while the task is paused.
        self.resume_event = _ResumeEvent(self)
        #: ``daemon.get_device(id)``, as of the Python LabDaemon.
        self.daemon = _Daemon(self)
        self._channel = channel

    def device(self, device_id: str) -> TaskDevice:
        """A device by its id. A task may read a device that it does not own, and command it while it is not leased."""
        return TaskDevice(device_id, self._channel)

    def checkpoint(self) -> None:
        """A place where the task may be paused or cancelled. Raises ``TaskCancelled``."""
        self._assert_goes_on()
        self._channel.ask("checkpoint")
        self._assert_goes_on()

    def sleep(self, seconds: float) -> None:
        """Wait. Raises ``TaskCancelled`` as soon as the task is cancelled."""
        self.cancel_event.wait(seconds)
        self._assert_goes_on()

    def progress(self, fraction: Optional[float], text: str = "") -> None:
        """Report how much is done: from 0 to 1, or None."""
        self._channel.ask("progress", fraction=fraction, text=text)

    def save(self, step: str, data: Any) -> None:
        """Keep a row of data, on the disk of the daemon when it returns."""
        self._channel.ask("save", step=step, data=data)

    def note(self, text: str) -> None:
        """Write a line into the task's log, and into the recordings of its devices."""
        self._channel.ask("note", text=text)

    def ask_person(self, text: str, choices: List[str]) -> str:
        """Ask a person, and wait for the choice."""
        choice = self._channel.ask("ask", text=text, choices=choices)
        self._assert_goes_on()
        return str(choice)

    def step(self, name: str, work: Callable[[], Any], on_unknown: Optional[str] = None) -> Any:
        """Do the work once, whatever happens; its result.

        The disk has its beginning before the work starts, and its result before this returns. After a crash, a finished
        step is not done again. For a step that may not have finished, ``on_unknown`` decides: ``"retry"``, ``"skip"``
        (None is returned) or ``"ask"``. Raises ``StepFailed`` for one that had failed, and ``TaskCancelled`` before it begins.
        """
        self.checkpoint()
        more = {} if on_unknown is None else {"on_unknown": on_unknown}
        begun = self._channel.ask("step", step=name, **more)
        if begun["state"] == "done":
            return begun["result"]
        if begun["state"] == "skipped":
            return None
        if begun["state"] == "failed":
            raise StepFailed(name, begun["error"])
        self._assert_goes_on()
        try:
            result = work()
        except BaseException as error:
            # The step of a task that is cancelled has not failed: it was broken off.
            if not self.cancel_event.is_set():
                failure = {"type": getattr(error, "type", None) or type(error).__name__, "message": str(error)}
                self._channel.ask("step_failed", step=name, error=failure)
            raise
        self._channel.ask("step_done", step=name, result=result)
        return result

    def _assert_goes_on(self) -> None:
        if self.cancel_event.is_set():
            raise TaskCancelled()


class _ResumeEvent:
    """Has ``wait``, as the event of the Python LabDaemon. It asks the daemon, and does not raise."""

    def __init__(self, context: TaskContext):
        self._context = context

    def wait(self, timeout: Optional[float] = None) -> bool:
        """Wait while the task is paused; ``timeout`` is not used."""
        self._context._channel.ask("checkpoint")
        return True


class _Daemon:
    """Stands for the daemon of the Python LabDaemon, in what a task needs of it."""

    def __init__(self, context: TaskContext):
        self._context = context

    def get_device(self, device_id: str) -> TaskDevice:
        """A device by its id. Raises ``DeviceError`` if there is none."""
        device = self._context.device(device_id)
        device.status()
        return device

    def connect_device(self, device: Any) -> None:
        """Connect a device."""
        self._of(device).connect()

    def disconnect_device(self, device: Any) -> None:
        """Disconnect a device."""
        self._of(device).disconnect()

    def _of(self, device: Any) -> TaskDevice:
        return device if isinstance(device, TaskDevice) else self._context.device(device)
