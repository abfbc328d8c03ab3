"""Gathers what a device's connections carry, as ``lib/host/runtime/transcript.ts`` does."""
import threading
import time
from base64 import b64encode
from datetime import datetime, timezone

#: The bytes of a transcript in a second. More are left out, and counted.
MAX_BYTES_PER_SECOND = 1024 * 1024

#: The bytes of this limit that each entry takes besides its data.
ENTRY_BYTES = 64

#: Entries wait so long for others, to be sent together, in seconds.
_GATHER = 0.25

#: The limit of a message to the daemon, unless one entry is larger. Received data are cut into entries of this size.
_MESSAGE_BYTES = 128 * 1024

_NO_CONNECTION = ("its driver has opened no connection that is seen, so there is no transcript: those are TCP sockets of "
                  "Python, serial ports of pyserial, and sessions of PyVISA")


class Entry:
    """Bytes in one direction, with their time."""

    __slots__ = ("at", "direction", "data", "lost")

    def __init__(self, direction):
        self.at = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        self.direction = direction
        self.data = bytearray()
        self.lost = 0

    def message(self):
        """The entry in the words of the protocol."""
        found = {"at": self.at, "direction": self.direction, "base64": b64encode(self.data).decode()}
        return {**found, "lost": self.lost} if self.lost else found


class Transcript:
    """The transcript of one device. Each write is an entry, and so is all that comes until the next one.

    ``send`` gets a message for the daemon, and ``after`` seconds and a function to be called then.
    """

    def __init__(self, send, after, clock=time.monotonic):
        self._send = send
        self._after = after
        self._clock = clock
        #: Reentrant: a destructor may send bytes while another entry is added.
        self._lock = threading.RLock()
        self._entries = []
        self._left = MAX_BYTES_PER_SECOND
        self._second = float("-inf")
        #: Bytes that were left out behind entries that are sent.
        self._lost = 0
        self._has_any = False
        self._is_warned = False
        self._is_due = False

    def take(self, direction: str, data=b"") -> Entry:
        """A connection was opened, or bytes were sent to the instrument or received from it. Returns the last entry of them."""
        with self._lock:
            self._has_any = True
            if self._is_warned:
                self._is_warned = False
                self._warn(None)
            now = self._clock()
            if now - self._second > 1:
                self._second, self._left = now, MAX_BYTES_PER_SECOND
            room = min(len(data), max(0, self._left))
            entry = self._add(direction, memoryview(data)[:room]) if self._left > 0 else None
            self._left -= room + ENTRY_BYTES
            self._lose(len(data) - room)
            if not self._is_due and self._entries:
                self._is_due = True
                self._after(_GATHER, self.flush)
            return entry

    def sent_only(self, entry, count: int) -> None:
        """Cuts an entry to its first ``count`` bytes: only these were sent. The others may be sent again."""
        with self._lock:
            if entry is None or entry not in self._entries:
                return
            if count == 0:
                self._entries.remove(entry)
            else:
                del entry.data[count:]

    def connected(self) -> None:
        """The device has connected: warns if no connection was seen."""
        with self._lock:
            if not self._has_any:
                self._is_warned = True
                self._warn(_NO_CONNECTION)

    def flush(self) -> None:
        """Sends what has gathered."""
        with self._lock:
            entries, self._entries = self._entries, []
            self._is_due = False
            part, size = [], 0
            for entry in entries:
                added = len(entry.data) + ENTRY_BYTES
                if part and size + added > _MESSAGE_BYTES:
                    self._send({"transcript": part})
                    part, size = [], 0
                part.append(entry.message())
                size += added
            if part:
                self._send({"transcript": part})

    def _add(self, direction, data):
        last = self._entries[-1] if self._entries else None
        while True:
            is_same = last is not None and last.direction == direction == "received" and not last.lost
            if not is_same or len(last.data) >= _MESSAGE_BYTES:
                last = Entry(direction)
                last.lost, self._lost = self._lost, 0
                self._entries.append(last)
            count = _MESSAGE_BYTES - len(last.data) if direction == "received" else len(data)
            last.data += data[:count]
            data = data[count:]
            if not data:
                return last

    def _lose(self, count):
        if self._entries:
            self._entries[-1].lost += count
        else:
            self._lost += count

    def _warn(self, message):
        self._send({"warning": {"type": "NoTranscript", "message": message}})
