"""A task, as its class defines it, in the form of a driver whose stream are its requests to the daemon."""

from __future__ import annotations

import inspect
import threading
from typing import Any, Dict, Iterator, List, Optional

from ..driver.declare import DECLARATION, driver
from ..driver.definition import Definition
from ..driver.errors import DriverLoadError
from ..driver.members import CONTRACT
from ..driver.schema.docstrings import docs_of
from ..driver.schema.signature import Parameters
from .channel import Channel
from .context import TaskContext

#: What becomes of a step that began and is not known to have ended.
ON_UNKNOWN = ("retry", "skip", "ask")


def is_task(cls: Any) -> bool:
    """True for a class with ``run(self, context)`` and none of the functions of an instrument.

    The argument may have another name if the constructor takes ``task_id``.
    """
    run = getattr(cls, "run", None)
    if not callable(run) or any(callable(getattr(cls, name, None)) for name in CONTRACT):
        return False
    names = list(inspect.signature(run).parameters)[1:]
    return names == ["context"] or (len(names) == 1 and _takes_task_id(cls))


def _takes_task_id(cls: Any) -> bool:
    return cls.__init__ is not object.__init__ and "task_id" in inspect.signature(cls.__init__).parameters


class TaskRun:
    """One run of a task."""

    def __init__(self, task: Any, claims: List[str]):
        self._task = task
        self._claims = claims
        self._channel = Channel()
        self._cancel_event = threading.Event()

    def stream(self, task_id: str, run: int) -> Iterator[Any]:
        """Runs the task, and yields its requests."""
        context = TaskContext(task_id, run, self._channel, self._cancel_event)
        outcome: List[Any] = []

        def work() -> None:
            try:
                result = self._task.run(context)
                if inspect.isawaitable(result):
                    import asyncio

                    result = asyncio.run(_awaited(result))
                outcome.append((result, None))
            except BaseException as error:
                outcome.append((None, error))
            self._channel.wake()

        threading.Thread(target=work, name="labdaemon-task", daemon=True).start()
        for request in self._channel.requests(lambda: bool(outcome)):
            if request:
                yield request
        if not outcome:
            self._cancel_event.set()
            return
        result, error = outcome[0]
        if error is not None:
            raise error
        yield self._channel.request("ended", result=result)

    def claims(self) -> List[str]:
        """The devices that the task owns while it runs."""
        return self._claims

    def answer(self, id: int, result: Any = None, error: Optional[Dict[str, Any]] = None) -> None:
        """The daemon answers a request."""
        self._channel.answer(id, result, error)

    def cancel(self) -> None:
        """Cancels the task."""
        self._cancel_event.set()

    def get_parameters(self) -> Dict[str, Any]:
        """The present values of the parameters that the class names."""
        names = getattr(self._task, "parameters", ())
        get = getattr(self._task, "get_parameter", None)
        return {name: get(name) if callable(get) else getattr(self._task, name, None) for name in names}

    def set_parameter(self, key: str, value: Any) -> Any:
        """Changes a value. Returns it as the task took it."""
        task = self._task
        own = getattr(task, "set_parameter", None)
        if callable(own):
            own(key, value)
            return value
        if key not in getattr(task, "parameters", ()):
            known = ", ".join(getattr(task, "parameters", ())) or "none"
            raise ValueError(f'Cannot set the parameter "{key}": there is no such parameter; known are {known}')
        setattr(task, key, value)
        return getattr(task, key)


async def _awaited(result: Any) -> Any:
    return await result


class TaskDefinition(Definition):
    """A task: its schemas, and the functions that make and run it."""

    def __init__(self, cls: Any):
        self._task = cls
        its = vars(cls).get(DECLARATION) or vars(driver(type("Nothing", (), {})))[DECLARATION]
        super().__init__(TaskRun, its)
        self.name = its.name or cls.__name__
        on_unknown = getattr(cls, "on_unknown", "ask")
        if on_unknown not in ON_UNKNOWN:
            raise DriverLoadError(f"its on_unknown is {on_unknown!r}; it may be {', '.join(ON_UNKNOWN)}")
        parameters = {name: {} for name in getattr(cls, "parameters", ())}
        task = {"on_unknown": on_unknown, "parameters": {"type": "object", "properties": parameters}}
        self.sample = {"title": "TaskRequest", "task": task}

    def describe(self) -> Dict[str, Any]:
        """The description of ``docs/driver-protocol.md``."""
        summary = self.declared.summary or docs_of(self._task).summary
        return {**super().describe(), "name": self.name, "summary": summary}

    def make(self, device_id: str, params: Dict[str, Any]) -> TaskRun:
        """Calls the constructor of the task."""
        values = self._params.values(params)
        if self._takes_task_id:
            values["task_id"] = device_id
        task = self._params.call(self._task, values)
        named = devices_in(self._params.schema, params)
        return TaskRun(task, list(dict.fromkeys([*named, *(str(it) for it in getattr(task, "device_ids", None) or ())])))

    def _read_params(self) -> Parameters:
        from ..driver.schema.free_keywords import free_keywords

        init = self._task.__init__
        self._takes_id = False
        self._takes_task_id = _takes_task_id(self._task)
        params = Parameters(init, skip=("task_id",), more=free_keywords(init))
        documented = docs_of(self._task).parameters
        if documented:
            params.describe({name: text for name, (_, text) in documented.items()})
        return params


def devices_in(schema: Dict[str, Any], params: Dict[str, Any]) -> List[str]:
    """The devices that params name, also in lists."""
    found: List[str] = []
    for name, its in schema.get("properties", {}).items():
        value = params.get(name)
        values = value if isinstance(value, list) else [value]
        item = its.get("items", {}) if isinstance(value, list) else its
        if item.get("device") is True:
            found += [it for it in values if isinstance(it, str)]
    return found
