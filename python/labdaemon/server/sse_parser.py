"""Bytes to events, by the HTML standard (https://html.spec.whatwg.org/multipage/server-sent-events.html)."""

from __future__ import annotations

from typing import List, NamedTuple, Optional

_BOM = b"\xef\xbb\xbf"


class ServerSentEvent(NamedTuple):
    """One dispatched event."""

    type: str
    data: str
    #: The last id of the stream so far; an event without an id line keeps the previous one.
    id: str


class SSEParser:
    """Takes the bytes of one connection in any pieces, and gives each event as soon as it is complete.

    It works on whole lines of bytes, so neither a character nor a line end can break between two pieces. An event
    that the connection's end cuts short is never given, nor is its id.
    """

    def __init__(self, last_event_id: str = "") -> None:
        #: The id to resume from: that of the last complete event.
        self.last_event_id = last_event_id
        #: The delay before reconnecting that the server requests, in milliseconds.
        self.retry: Optional[int] = None
        self._partial: List[bytes] = []
        self._after_cr = False
        self._at_start = True
        self._clear()
        self._id = last_event_id

    def feed(self, piece: bytes) -> List[ServerSentEvent]:
        """The events that this piece completes."""
        # A line that ends in CR is complete, and a LF that comes later belongs to it.
        if self._after_cr and piece:
            self._after_cr = False
            if piece.startswith(b"\n"):
                piece = piece[1:]
        if b"\n" not in piece and b"\r" not in piece:
            if piece:
                self._partial.append(piece)
            return []

        self._partial.append(piece)
        text = b"".join(self._partial)
        # bytes.splitlines() knows LF, CR and CRLF and nothing else, as the standard does; str.splitlines() knows more.
        lines = text.splitlines()
        self._after_cr = text.endswith(b"\r")
        self._partial = [] if text.endswith((b"\n", b"\r")) else [lines.pop()]

        events: List[ServerSentEvent] = []
        for line in lines:
            if self._at_start:
                self._at_start = False
                if line.startswith(_BOM):
                    line = line[len(_BOM) :]
            if line:
                self._take(line)
            else:
                self._dispatch(events)
        return events

    def _take(self, line: bytes) -> None:
        name, _, value = line.partition(b":")
        if value.startswith(b" "):
            value = value[1:]
        if name == b"data":
            self._data.append(value)
        elif name == b"event":
            self._type = value
        elif name == b"id":
            if b"\0" not in value:
                self._id = value.decode("utf-8", "replace")
        elif name == b"retry" and value.isdigit():
            self.retry = int(value.lstrip(b"0")[:9] or b"0")

    def _dispatch(self, events: List[ServerSentEvent]) -> None:
        self.last_event_id = self._id
        if self._data:
            data = b"\n".join(self._data).decode("utf-8", "replace")
            events.append(ServerSentEvent(self._type.decode("utf-8", "replace") or "message", data, self._id))
        self._clear()

    def _clear(self) -> None:
        self._type = b""
        self._data: List[bytes] = []
