"""One stream of one device: a thread that connects, reads and reconnects until it is stopped."""

from __future__ import annotations

import json
import logging
import threading
from contextlib import closing
from datetime import datetime, timezone
from http.client import HTTPException
from typing import Any, Callable, Dict, Optional, Union
from urllib.parse import urlencode

from .address import ServerAddress, device_path
from .backoff import Backoff
from .errors import ServerAPIError
from .sse_connection import SSEConnection
from .sse_parser import ServerSentEvent, SSEParser

logger = logging.getLogger("labdaemon.server")

Event = Dict[str, Any]

# Refusals that may be temporary, reported once and then retried: the device may be added (404) or become free (409); a
# 200 that is not a stream comes from a proxy while the server restarts.
_TEMPORARY = frozenset({200, 404, 409})
# Statuses treated as a lost connection, like every 5xx.
_NOT_NOW = frozenset({408, 425, 429})


class DeviceStream:
    """The stream of one call of ``SSEClient.start_device_stream``, which documents it."""

    def __init__(
        self,
        address: ServerAddress,
        device_id: str,
        query: Dict[str, str],
        since: Optional[str],
        on_event: Callable[[Event], None],
        delivery: threading.RLock,
        ticket: Optional[Callable[[str], str]] = None,
    ) -> None:
        self.device_id = device_id
        self.last_event_id = since
        self._path = device_path(device_id, "/stream/devices")
        self._query = query
        self._since = since
        self._on_event = on_event
        self._ticket = ticket
        # Held while on_event runs; reentrant, as on_event may stop its own stream.
        self._delivery = delivery
        self._attempted = f'Cannot stream "{device_id}" from {address.base_url}'
        self._connection = SSEConnection(address)
        self._backoff = Backoff()
        self._resuming = False
        self._reported: Optional[str] = None
        self._lost = False
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"labdaemon-stream-{device_id}", daemon=True)

    def start(self) -> None:
        """Begin, in the background."""
        self._thread.start()

    def is_running(self) -> bool:
        """True until it is stopped or refused for good."""
        return self._thread.is_alive() and not self._stopped.is_set()

    def stop(self, timeout: Optional[float]) -> bool:
        """Prevent further calls of on_event; True if none is running. ``timeout`` is in seconds."""
        self._stopped.set()
        self._connection.abort()
        limit = -1 if timeout is None else min(max(0.0, timeout), threading.TIMEOUT_MAX)
        if not self._delivery.acquire(timeout=limit):
            return False
        self._delivery.release()
        return True

    def join(self, timeout: float) -> None:
        """Wait up to ``timeout`` seconds for the thread of a stopped stream."""
        if self._thread.is_alive() and self._thread is not threading.current_thread():
            self._thread.join(timeout)

    def leave_to_parent(self, delivery: threading.RLock) -> bool:
        """After a fork, in the child: end without a trace. The thread, and the connection, stay the parent's.

        Returns True if the parent's stream runs. The locks are new: a thread that does not exist here may have held them.
        """
        was_running = not self._stopped.is_set()
        self._delivery = delivery
        self._stopped = threading.Event()
        self._stopped.set()
        self._connection.leave_to_parent()
        return was_running

    def _run(self) -> None:
        while not self._stopped.is_set():
            try:
                self._follow()
                self._note_loss("the server ended it")
            except ServerAPIError as refusal:
                if not self._note_refusal(refusal):
                    self._stopped.set()
            except (OSError, HTTPException) as error:
                self._note_loss(str(error) or error.__class__.__name__)
            self._stopped.wait(self._backoff.next_delay())

    def _follow(self) -> None:
        """One connection, from opening to closing. Returns at its end, raises when it is refused or breaks."""
        path = self._path
        headers: Dict[str, Union[str, bytes]] = {}
        query = self._query
        # `since` requests the missed samples. Last-Event-ID also marks this reader as a returning one, which does
        # not start a device that was stopped explicitly.
        if self._resuming and self.last_event_id:
            headers["Last-Event-ID"] = self.last_event_id.encode()
        elif self._since and not self._resuming:
            query = {**query, "since": self._since}
        if self._ticket is not None:
            query = {**query, "ticket": self._new_ticket(self._ticket)}
        if query:
            path += "?" + urlencode(query)

        parser = SSEParser(self.last_event_id or "")
        with closing(self._connection.pieces(path, headers, self._attempted)) as pieces:
            for piece in pieces:
                self._note_success()
                for event in parser.feed(piece):
                    self._take(event)
                if self._stopped.is_set():
                    return
                # The stream may set or clear the id without an event.
                self.last_event_id = parser.last_event_id or None
                if parser.retry is not None:
                    self._backoff.start_from(parser.retry / 1000)

    def _new_ticket(self, ticket: Callable[[str], str]) -> str:
        # Whatever it fails with, it may work later: the stream's thread goes on.
        try:
            return ticket(self._path)
        except Exception as error:
            raise OSError(f"no ticket: {error}") from error

    def _take(self, event: ServerSentEvent) -> None:
        self._backoff.reset()
        try:
            envelope = json.loads(event.data)
        except (ValueError, RecursionError):
            envelope = None
        if not isinstance(envelope, dict):
            found = event.data[:80]
            logger.error('Cannot read an event of "%s": expected a JSON object, found %r', self.device_id, found)
            return
        defaults = {"event": event.type, "device_id": self.device_id}
        self._deliver({**defaults, **envelope, "id": event.id or None, "data": envelope}, event.id)

    def _deliver(self, event: Event, event_id: str) -> None:
        with self._delivery:
            if self._stopped.is_set():
                return
            self.last_event_id = event_id or None
            try:
                self._on_event(event)
            except Exception:
                logger.exception('on_event failed for a %s of "%s"', event["event"], self.device_id)

    def _note_success(self) -> None:
        self._resuming = True
        self._reported = None
        if self._lost:
            self._lost = False
            logger.info('Stream of "%s" is back', self.device_id)

    def _note_loss(self, reason: str) -> None:
        if self._stopped.is_set():
            return
        # One warning for each outage, not one for each attempt: a bench may be off all night.
        level = logging.DEBUG if self._lost else logging.WARNING
        self._lost = True
        logger.log(level, "%s for now: %s; trying again", self._attempted, reason)

    def _note_refusal(self, refusal: ServerAPIError) -> bool:
        """True if trying again makes sense."""
        status = refusal.status or 0
        if status in _NOT_NOW or status >= 500:
            self._note_loss(str(refusal))
            return True
        if self._reported != refusal.type:
            self._reported = refusal.type
            self._deliver(self._stream_error(refusal), self.last_event_id or "")
        return status in _TEMPORARY

    def _stream_error(self, refusal: ServerAPIError) -> Event:
        now = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        envelope = {
            "event": "stream_error",
            "device_id": self.device_id,
            "timestamp": now,
            "error": {**refusal.report(), "timestamp": refusal.timestamp or now},
        }
        return {**envelope, "id": self.last_event_id, "data": envelope}
