"""The requests of a task to the daemon, and their answers."""

from __future__ import annotations

import queue
import threading
from typing import Any, Callable, Dict, Iterator, Optional

from ..driver.context import RUN
from ..driver.values import encode
from .errors import DeviceError

#: The longest request, as JSON, in bytes.
MAX_REQUEST_BYTES = 4 * 1024 * 1024

#: The period in which a channel without requests looks whether it is to end, in seconds.
_LOOK = 0.2


class Channel:
    """Takes requests of any thread, and gives them to the stream that sends them."""

    def __init__(self) -> None:
        self._waiting: "queue.SimpleQueue[Dict[str, Any]]" = queue.SimpleQueue()
        self._open: Dict[int, "_Answer"] = {}
        self._lock = threading.Lock()
        self._last_id = 0

    def ask(self, op: str, **order: Any) -> Any:
        """Sends a request, and waits for its answer. Raises ``DeviceError`` if it is refused."""
        request = self.request(op, **order)
        answer = _Answer()
        self._open[request["id"]] = answer
        self._waiting.put(request)
        return answer.wait()

    def request(self, op: str, **order: Any) -> Dict[str, Any]:
        """A request, not sent. Raises ``NotSerializable`` or ``ValueError`` for what cannot be sent."""
        size = len(encode(order))
        if size > MAX_REQUEST_BYTES:
            raise ValueError(f'Cannot send "{op}" to the daemon: it is {size} bytes as JSON, and {MAX_REQUEST_BYTES} are allowed')
        with self._lock:
            self._last_id += 1
            return {"id": self._last_id, "op": op, **order}

    def answer(self, id: int, result: Any, error: Optional[Dict[str, Any]]) -> None:
        """The daemon answers a request."""
        found = self._open.pop(id, None)
        if found is not None:
            found.set(result, error)

    def requests(self, is_over: Callable[[], bool]) -> Iterator[Dict[str, Any]]:
        """The requests, until all that were made before ``is_over()`` are sent, or the run is to stop."""
        run = RUN.get()
        while run is None or not run.stopping():
            over = is_over()
            try:
                yield self._waiting.get(timeout=0 if over else _LOOK)
            except queue.Empty:
                if over:
                    return
            except ValueError:
                return

    def wake(self) -> None:
        """Something else has changed than a request: ``requests`` looks at once."""
        self._waiting.put({})


class _Answer:
    def __init__(self) -> None:
        self._event = threading.Event()
        self._result: Any = None
        self._error: Optional[Dict[str, Any]] = None

    def set(self, result: Any, error: Optional[Dict[str, Any]]) -> None:
        self._result, self._error = result, error
        self._event.set()

    def wait(self) -> Any:
        self._event.wait()
        if self._error is not None:
            raise DeviceError(self._error["message"], self._error["type"], self._error.get("context"))
        return self._result
