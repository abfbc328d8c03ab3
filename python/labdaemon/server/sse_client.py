"""Follow the samples and states of a device."""

from __future__ import annotations

import atexit
import logging
import os
import threading
import weakref
from typing import Any, Callable, Dict, Mapping, Optional

from .address import ServerAddress
from .device_stream import DeviceStream

logger = logging.getLogger("labdaemon.server")

#: The time for a running call of ``on_event`` to end when the program does.
EXIT_TIMEOUT_SECONDS = 5.0
# A thread that still connects prints nothing: it need not end.
_JOIN_TIMEOUT_SECONDS = 0.5


class SSEClient:
    """Follows the events of one device at a time, in a background thread.

        client = SSEClient("http://127.0.0.1:5000", on_event=lambda event: print(event))
        client.start_device_stream("daq1")
        …
        client.stop_stream()

    ``on_event`` gets a dict with the fields of the server's envelope: ``event`` (``device_data``, ``device_state``,
    ``gap`` or ``stream_error``), ``device_id``, ``timestamp``, and by kind ``sequence`` and ``payload``, or ``state``,
    or ``from``, ``to`` and ``lost``, or ``error``. ``id`` is the event's id, to resume after it, and ``data`` the
    envelope as it came. Calls come one at a time and in order; an exception in one is logged, and the stream continues.

    A lost connection is logged and resumed after the last event, with exponential backoff and full jitter from the
    server's ``retry`` up to 30 s. 45 s without data count as lost, since the server sends a comment every 15 s. Missed
    samples are sent again, or reported as one ``gap``.

    A refused stream is reported as one ``stream_error``. If the refusal may be temporary (404: the device may be added
    later; 409; an answer that is not a stream), the client keeps retrying without further events. Any other 4xx ends
    the stream.

    ``token`` is a token of the server, sent with each request. In place of one, ``ticket`` is called with the path of a stream,
    before each connection, and returns a ticket for it, as ``ServerAPI.create_ticket`` of another program makes it.

    After a fork the stream stays with the parent: in the child, the client is stopped, and a warning says so.
    ``start_device_stream`` begins one of the child's own. At the end of the program every stream is stopped; a running
    call of ``on_event`` has five seconds to end.
    """

    def __init__(
        self,
        base_url: str = "http://127.0.0.1:5000",
        on_event: Optional[Callable[[Dict[str, Any]], None]] = None,
        *,
        token: Optional[str] = None,
        ticket: Optional[Callable[[str], str]] = None,
    ) -> None:
        self._address = ServerAddress(base_url, token)
        self._ticket = ticket
        self.base_url = self._address.base_url
        #: Called with each event; may be replaced at any time.
        self.on_event = on_event
        self._lock = threading.Lock()
        self._delivery = threading.RLock()
        self._stream: Optional[DeviceStream] = None
        _clients.add(self)

    def start_device_stream(
        self,
        device_id: str,
        *,
        since: Optional[str] = None,
        past: Optional[float] = None,
        max_rate: Optional[float] = None,
        options: Optional[Mapping[str, Any]] = None,
        **driver_options: Any,
    ) -> None:
        """Follow a device, and return at once. A stream that runs is stopped first.

        ``since`` resumes after the event with this id (``client.last_event_id`` of an earlier stream); without it,
        ``past`` begins with the samples of the last ``past`` seconds that the server still has. ``max_rate`` thins the
        samples to that many per second. ``options`` are the driver's own, such as ``{"sample_rate": 100}``; they apply
        if this reader starts the run. A driver option may also be a keyword argument.
        """
        fields = {"past": past, "max_rate": max_rate, **driver_options, **(options or {})}
        query = {name: _query_value(value) for name, value in fields.items() if value is not None}
        stream = DeviceStream(self._address, device_id, query, since, self._pass_on, self._delivery, self._ticket)
        with self._lock:
            previous, self._stream = self._stream, stream
        if previous is not None and not previous.stop(timeout=5.0):
            logger.warning('on_event still runs for the previous stream of "%s"', previous.device_id)
        stream.start()

    def stop_stream(self, timeout: Optional[float] = 5.0) -> bool:
        """Stop, at once and also while the server is silent; stopping twice is fine.

        When this returns, no further call of ``on_event`` begins. It waits up to ``timeout`` seconds (None: without limit)
        for a running call, and returns True if that call has ended. ``on_event`` itself may call it.
        """
        with self._lock:
            stream = self._stream
        return stream is None or stream.stop(timeout)

    def is_running(self) -> bool:
        """True until the stream is stopped or refused for good; also while it reconnects."""
        with self._lock:
            return self._stream is not None and self._stream.is_running()

    @property
    def last_event_id(self) -> Optional[str]:
        """The id of the last event that reached ``on_event``; it stays after stopping, to resume from."""
        with self._lock:
            return self._stream.last_event_id if self._stream is not None else None

    def __enter__(self) -> SSEClient:
        return self

    def __exit__(self, *exception: object) -> None:
        self.stop_stream()

    def _leave_to_parent(self) -> None:
        self._lock = threading.Lock()
        self._delivery = threading.RLock()
        if self._stream is not None and self._stream.leave_to_parent(self._delivery):
            logger.warning(
                'The stream of "%s" stays with the process %d: process %d, its child, gets no events. '
                "start_device_stream() begins a stream of its own",
                self._stream.device_id,
                os.getppid(),
                os.getpid(),
            )

    def _end(self) -> None:
        with self._lock:
            stream = self._stream
        if stream is not None:
            stream.stop(EXIT_TIMEOUT_SECONDS)
            stream.join(_JOIN_TIMEOUT_SECONDS)

    def _pass_on(self, event: Dict[str, Any]) -> None:
        if self.on_event is not None:
            self.on_event(event)


def _query_value(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return ",".join(_query_value(each) for each in value)
    return str(value).lower() if isinstance(value, bool) else str(value)


_clients: "weakref.WeakSet[SSEClient]" = weakref.WeakSet()


def _leave_to_parent() -> None:
    for client in list(_clients):
        client._leave_to_parent()


@atexit.register
def _end_all() -> None:
    # A thread that prints while the interpreter ends would abort the program.
    for client in list(_clients):
        client._end()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_leave_to_parent)
