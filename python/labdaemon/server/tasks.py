"""Tasks: programs of the server that own devices while they run. A part of ``ServerAPI``."""

from __future__ import annotations

import time
from typing import Any, Dict, Optional, Sequence

from .address import device_path
from .errors import ServerAPIError
from .listing import Listing

Answer = Dict[str, Any]


class TaskMethods:
    """The methods of ``ServerAPI`` about tasks."""

    def list_task_types(self) -> Listing:
        """The types of tasks, with the schemas of their params; ``answer["task_types"]``, or the answer as a list."""
        return self._list("task_types", "/task-types")

    def list_tasks(self) -> Listing:
        """The tasks that run, and the last that have ended; ``answer["tasks"]``, or the answer as a list."""
        return self._list("tasks", "/tasks")

    def get_task(self, task_id: str) -> Answer:
        """A task: ``running``, ``result``, ``exception``, ``device_ids``, ``status``, ``progress``, ``steps``."""
        return self._request("GET", device_path(task_id, "/tasks"), key="task_id")

    def execute_task(
        self,
        task_id: str,
        task_type: str,
        params: Optional[Dict[str, Any]] = None,
        device_ids: Optional[Sequence[str]] = None,
        record: bool = False,
    ) -> Answer:
        """Start a task. It owns its devices while it runs: raises ``DeviceInUseError`` if one is in use.

        ``device_ids`` are devices that it owns beside those that its params name; with ``record`` they are recorded while it
        runs, and ``answer["recording_id"]`` names the recording.
        """
        body: Answer = {"task_id": task_id, "task_type": task_type, "params": params or {}}
        if device_ids is not None:
            body["device_ids"] = list(device_ids)
        if record:
            body["record"] = True
        return self._request("POST", "/tasks", body, key="task_id")

    def wait_for_task(self, task_id: str, timeout: Optional[float] = None, poll: float = 0.5) -> Answer:
        """Wait until a task has ended, and return it. Raises ``TimeoutError`` after ``timeout`` seconds."""
        end = None if timeout is None else time.monotonic() + timeout
        while True:
            task = self.get_task(task_id)
            if not task["running"]:
                return task
            if end is not None and time.monotonic() >= end:
                raise TimeoutError(f'the task "{task_id}" still runs after {timeout} s')
            time.sleep(poll)

    def cancel_task(self, task_id: str) -> Answer:
        """End a task: it may clean up, then its devices are made safe."""
        return self._control(task_id, "cancel")

    def pause_task(self, task_id: str) -> Answer:
        """Pause a task at its next checkpoint. It keeps its devices."""
        return self._control(task_id, "pause")

    def resume_task(self, task_id: str) -> Answer:
        """Let a paused task go on."""
        return self._control(task_id, "resume")

    def answer_task(self, task_id: str, choice: str) -> Answer:
        """Answer the question of a task: ``get_task(…)["question"]`` has its choices."""
        return self._request("POST", device_path(task_id, "/tasks") + "/answer", {"choice": choice}, key="task_id")

    def set_task_parameter(self, task_id: str, key: str, value: Any) -> Answer:
        """Change a parameter of a task that runs. ``answer["value"]`` is the value as the task took it."""
        body = {"key": key, "value": value}
        return self._request("POST", device_path(task_id, "/tasks") + "/parameters", body, key="key")

    def get_task_parameters(self, task_id: str) -> Answer:
        """The values that can be changed while a task runs."""
        return dict(self._request("GET", device_path(task_id, "/tasks") + "/parameters", key="parameters")["parameters"])

    def get_task_data(self, task_id: str, after: int = 0) -> Answer:
        """The rows that a task has saved: ``rows``, and ``next`` for ``after`` of the next call."""
        return self._request("GET", device_path(task_id, "/tasks") + f"/data?after={int(after)}", key="rows")

    def get_task_error(self, task_id: str) -> Optional[Answer]:
        """Why a task has failed, or None: ``answer["error"]["message"]``, or ``answer["message"]`` for short."""
        try:
            answer = self._request("GET", device_path(task_id, "/tasks") + "/error")
        except ServerAPIError as error:
            if error.type == "NoError":
                return None
            raise
        report = answer.get("error", answer)
        return {**report, "error": report} if report else None

    def clear_task_error(self, task_id: str) -> Optional[Answer]:
        """Clear the error of a task; without one, nothing happens."""
        try:
            return self._request("DELETE", device_path(task_id, "/tasks") + "/error")
        except ServerAPIError as error:
            if error.type == "NoError":
                return None
            raise

    def _control(self, task_id: str, what: str) -> Answer:
        return self._request("POST", device_path(task_id, "/tasks") + "/" + what, {}, key="task_id")

    def _request(self, *args: Any, **kwargs: Any) -> Answer:
        raise NotImplementedError

    def _list(self, name: str, path: str) -> Listing:
        raise NotImplementedError
