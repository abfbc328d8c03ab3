"""Looks into the process of a driver that the conformance suite checks, as ``lib/testing/probe`` does in TypeScript.

The driver runs as usual. Calls of methods whose names begin with ``probe:`` are questions of the suite.
"""

from __future__ import annotations

import json
import os
import threading
import time
from typing import Any, Dict, List, Optional

from ..driver.members import CONTRACT
from ..driver.schema.check import issues_of, path_text
from ..driver.values import encode
from .accepted_inputs import accepted_inputs
from .checked_source import CheckedSource
from .own_run import OwnRun
from .sample_checker import SampleChecker

#: The time in which samples after a stop count as late, and that threads have to end, in seconds.
_LATE_WINDOW = 0.25
_THREAD_LIMIT = 1.0

_STREAMS_BY = {"iterate": "stream", "push": "push", "read": "read"}


def install() -> None:
    """Puts the probe around the driver that this process will load."""
    from ..host import device as device_module, driver_error, process as process_module

    # What is replaced here is typed for its users.
    device: Any = device_module
    process: Any = process_module
    thread_class: Any = threading.Thread
    place_of_caller: Any = driver_error.place_of_caller
    probe = Probe()
    load, call, disconnect, start = process.load_driver, device.Device.call, device.Device.disconnect, thread_class.start

    def load_probed(file: str, kept: Any = None) -> Any:
        return Probed(load(file, kept), probe)

    def call_or_answer(self: Any, job_call: Any, job: Any, input: Dict[str, Any]) -> Any:
        if not input["method"].startswith("probe:"):
            return call(self, job_call, job, input)
        self._begun(job_call)
        probe.process = self._process
        return self._process.perform(job, lambda: probe.answer(input["method"][6:], input["kwargs"]))

    def disconnect_connected(self: Any, job_call: Any, job: Any, input: Dict[str, Any]) -> None:
        # What the constructor has opened stays visible.
        if not self.is_connected:
            self._device = None
        disconnect(self, job_call, job, input)

    def start_noted(thread: Any) -> None:
        thread.labdaemon_place = place_of_caller()
        start(thread)

    process.load_driver = load_probed
    device.Device.call = call_or_answer
    device.Device.disconnect = disconnect_connected
    thread_class.start = start_noted


class Probed:
    """A driver's definition, whose samples are checked."""

    def __init__(self, definition: Any, probe: Probe) -> None:
        self._definition = definition
        self._probe = probe
        probe.definition = definition
        probe.checker = SampleChecker(definition)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._definition, name)

    def make(self, device_id: str, params: Dict[str, Any]) -> Any:
        self._probe.device = self._definition.make(device_id, params)
        return self._probe.device

    def source(self, device: Any) -> Optional[CheckedSource]:
        source = self._definition.source(device)
        return source and CheckedSource(source, self._probe.checker)


class Probe:
    """The answers to the suite's questions; ``lib/testing/probe/main.ts`` documents each."""

    def __init__(self) -> None:
        self._questions: Dict[str, Any] = {
            "pid": os.getpid,
            "device": self._device,
            "methods": self._methods,
            "properties": self._properties,
            "disconnect": self._disconnect,
            "signal": self._signal,
            "push": self._push,
            "samples": lambda: self.checker.report(),
            "threads": self._threads,
        }
        self.definition: Any = None
        self.checker: Any = None
        self.device: Any = None
        self.process: Any = None

    def answer(self, question: str, input: Dict[str, Any]) -> Any:
        """The answer to a question."""
        return self._questions[question](**input)

    def _device(self) -> Dict[str, Any]:
        found = {name: getattr(self.device, name, None) for name in CONTRACT}
        problems = [
            f"its {name} is not a function but {type(value).__name__}"
            for name, value in found.items()
            if value is not None and not callable(value) and name not in ("is_streaming", "read")
        ]
        source = self.definition.source(self.device)
        return {"problems": problems, "streamsBy": source and _STREAMS_BY[source.kind]}

    def _methods(self) -> Dict[str, Any]:
        methods = self.definition.methods
        problems = [f"{name} takes {problem}" for name, method in methods.items() for problem in accepted_inputs(method)]
        return {"count": len(methods), "problems": problems}

    def _properties(self) -> Dict[str, Any]:
        problems: List[str] = []
        read = 0
        for name, its in self.definition.properties.items():
            if its.get is None:
                continue
            read += 1
            try:
                text = encode(self._now(its.get(self.device)), "json").decode()
            except Exception as error:
                problems.append(f"{name}: {str(error) or type(error).__name__}")
                continue
            issues = list(issues_of(its.kind.schema, json.loads(text)))
            if issues:
                path, message = issues[0]
                where = path_text(path)
                problems.append(f"{name} is {text[:100]}: {where + ': ' if where else ''}{message}")
        return {"read": read, "problems": problems}

    def _disconnect(self) -> None:
        disconnect = getattr(self.device, "disconnect", None)
        if disconnect is not None:
            self._now(disconnect())

    def _signal(self, options: Dict[str, Any], sampleMs: float, stopMs: float) -> Dict[str, Any]:
        run = OwnRun(self.definition.source(self.device), options, self.process)
        run.start()
        if not run.first.wait(sampleMs / 1000):
            raise TimeoutError(f"no sample came within {sampleMs:g} ms")
        if run.error is not None:
            raise run.error
        if run.ended_before:
            return {"endedBefore": True, "ended": True, "after": 0}
        run.stop()
        ended = run.done.wait(stopMs / 1000)
        return {"endedBefore": False, "ended": ended and not run.goes_on, "after": 2 if run.goes_on else run.after}

    def _push(self, options: Dict[str, Any], sampleMs: float, stopMs: float) -> Dict[str, Any]:
        source = self.definition.source(self.device)
        first = threading.Event()
        count: List[None] = []

        def take(sample: Any, *rest: Any) -> None:
            count.append(None)
            first.set()

        def is_streaming() -> Any:
            return self._now(source.is_streaming())

        was: Dict[str, Any] = {"before": is_streaming(), "during": None, "after": None}
        self._now(source.start(take, options))
        problems: List[str] = []
        try:
            if not first.wait(sampleMs / 1000):
                raise TimeoutError(f"no sample came within {sampleMs:g} ms")
            was["during"] = is_streaming()
        finally:
            stopping = threading.Thread(target=self._stop, args=(source, stopMs, problems), name="labdaemon-stop", daemon=True)
            stopping.start()
            stopping.join(stopMs / 1000)
        stop_failed = problems[0] if problems else f"stop_streaming takes longer than {stopMs:g} ms" if stopping.is_alive() else ""
        was["after"] = is_streaming()
        stopped = len(count)
        time.sleep(_LATE_WINDOW)
        return {"isStreamingWas": was, "stopFailed": stop_failed, "lateSamples": len(count) - stopped}

    def _threads(self) -> List[str]:
        """The driver's threads that go on, each with the place where it was started."""
        end = time.monotonic() + _THREAD_LIMIT
        while True:
            left = [it for it in threading.enumerate() if it is not threading.main_thread() and not _is_ours(it)]
            if not left or time.monotonic() >= end:
                return [_thread_text(it) for it in left]
            time.sleep(0.02)

    def _stop(self, source: Any, stop_ms: float, problems: List[str]) -> None:
        try:
            self._now(source.stop(stop_ms / 1000))
        except BaseException as error:
            problems.append(str(error) or type(error).__name__)

    def _now(self, result: Any) -> Any:
        return self.process.result_of(None, result)


def _is_ours(thread: threading.Thread) -> bool:
    return thread.name.startswith("labdaemon-") or thread.name.startswith("Dummy-")


def _thread_text(thread: threading.Thread) -> str:
    place = getattr(thread, "labdaemon_place", None)
    kind = "a timer" if isinstance(thread, threading.Timer) else "a thread"
    return f"{kind}, {thread.name}, started {f'in {place}' if place else 'by a library for the driver'}"
