"""The errors that a task meets."""

from __future__ import annotations

from typing import Any, Dict, Optional


class TaskCancelled(Exception):
    """The task was cancelled: it ends, and may clean up before."""

    def __init__(self) -> None:
        super().__init__("the task was cancelled")


class StepFailed(Exception):
    """A step of an earlier run had failed. ``type`` is the name of its error."""

    def __init__(self, step: str, error: Dict[str, str]):
        super().__init__(f'the step "{step}" failed before the task was resumed: {error["message"]}')
        self.type = error["type"]


class DeviceError(Exception):
    """The daemon, or a device, has refused what the task asked for. ``type`` is the kind of error, as over HTTP."""

    def __init__(self, message: str, type: str = "DeviceError", context: Optional[Dict[str, Any]] = None):
        super().__init__(message)
        self.type = type
        self.context = context or {}
