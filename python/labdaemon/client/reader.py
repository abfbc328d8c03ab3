"""The events of a stream, over as many connections as necessary, read in the thread that asks for them."""

from __future__ import annotations

import logging
import os
import socket
import threading
import time
from http.client import HTTPException
from typing import Dict, Generator, List, Optional, Union
from urllib.parse import urlencode

from ..server.address import ServerAddress
from ..server.backoff import Backoff
from ..server.errors import ServerAPIError, ServerConnectionError
from ..server.sse_connection import READ_TIMEOUT_SECONDS, SSEConnection
from ..server.sse_parser import ServerSentEvent, SSEParser

logger = logging.getLogger("labdaemon")

# Refusals after the first connection that may be temporary: the daemon restarts, and has no devices yet.
_TEMPORARY = frozenset({200, 404, 408, 409, 425, 429})


class EventReader:
    """Reads events when it is asked for them: what the program does not read waits at the daemon.

    Nothing is opened before the first read. The first connection raises every failure. Later a lost connection is logged once, and resumed after the last event
    with exponential backoff and full jitter. After a fork, a child that reads gets a connection of its own.
    """

    def __init__(self, address: ServerAddress, path: str, query: Dict[str, str], attempted: str) -> None:
        self._address = address
        self._path = path
        self._query = query
        self._attempted = attempted
        #: The id of the last event, to resume after it.
        self.last_event_id: Optional[str] = query.get("since")
        self._opened = False
        self._lost = False
        self._backoff = Backoff()
        self._closed = threading.Event()
        self._pieces: Optional[Generator[bytes, None, None]] = None
        self._connect()

    def read(self, timeout: Optional[float] = None) -> Optional[List[ServerSentEvent]]:
        """The events that have arrived, at least one; empty after ``timeout`` seconds without any, None when closed."""
        ends = None if timeout is None else time.monotonic() + timeout
        while not self._closed.is_set():
            if os.getpid() != self._pid:
                self._leave_to_parent()
            rest = None if ends is None else ends - time.monotonic()
            if rest is not None and rest <= 0:
                return []
            try:
                events = self._next_events(rest)
            except ServerAPIError as refusal:
                self._pieces = None
                if not self._opened or not _may_pass(refusal):
                    raise
                self._pause(str(refusal), ends)
            except (OSError, HTTPException) as error:
                self._pieces = None
                if self._closed.is_set():
                    break
                # Before Python 3.10 a socket's timeout is no TimeoutError.
                if rest is not None and rest <= READ_TIMEOUT_SECONDS and isinstance(error, socket.timeout):
                    return []
                reason = str(error) or error.__class__.__name__
                if not self._opened:
                    raise ServerConnectionError(f"{self._attempted}: {reason}") from error
                self._pause(reason, ends)
            else:
                if events:
                    return events
                if events is None and not self._closed.is_set():
                    self._pause("the server ended it", ends)
        return None

    def close(self) -> None:
        """End at once, also while another thread reads. Closing twice is fine."""
        self._closed.set()
        if os.getpid() == self._pid:
            self._connection.abort()
        else:
            self._connection.leave_to_parent()

    def _connect(self) -> None:
        self._pid = os.getpid()
        self._connection = SSEConnection(self._address)
        self._pieces = None
        self._parser = SSEParser()

    def _leave_to_parent(self) -> None:
        self._connection.leave_to_parent()
        self._connect()

    def _next_events(self, timeout: Optional[float]) -> Optional[List[ServerSentEvent]]:
        """The events of the next piece; None at the end of the connection."""
        if self._pieces is None:
            self._pieces = self._open()
        limit = READ_TIMEOUT_SECONDS if timeout is None else min(timeout, READ_TIMEOUT_SECONDS)
        self._connection.limit_reads(limit)
        piece = next(self._pieces, None)
        if piece is None:
            self._pieces = None
            return None
        if not self._opened or self._lost:
            self._note_success()
        events = self._parser.feed(piece)
        self.last_event_id = self._parser.last_event_id or None
        if self._parser.retry is not None:
            self._backoff.start_from(self._parser.retry / 1000)
        return events

    def _open(self) -> Generator[bytes, None, None]:
        headers: Dict[str, Union[str, bytes]] = {}
        query = self._query
        if self._opened:
            # The header marks a reader that comes back: it does not start a device that was stopped meanwhile.
            query = {key: value for key, value in query.items() if key != "since"}
            if self.last_event_id:
                headers["Last-Event-ID"] = self.last_event_id.encode()
        self._parser = SSEParser(self.last_event_id or "")
        return self._connection.pieces(self._path + ("?" + urlencode(query) if query else ""), headers, self._attempted)

    def _note_success(self) -> None:
        self._opened = True
        self._backoff.reset()
        if self._lost:
            self._lost = False
            logger.info("%s: it is back", self._attempted)

    def _pause(self, reason: str, ends: Optional[float]) -> None:
        # One warning for each outage: a bench may be off all night.
        level = logging.DEBUG if self._lost else logging.WARNING
        self._lost = True
        logger.log(level, "%s for now: %s; trying again", self._attempted, reason)
        delay = self._backoff.next_delay()
        self._closed.wait(delay if ends is None else min(delay, max(0.0, ends - time.monotonic())))


def _may_pass(refusal: ServerAPIError) -> bool:
    return refusal.status is None or refusal.status in _TEMPORARY or refusal.status >= 500
