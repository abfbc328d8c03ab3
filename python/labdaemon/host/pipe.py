"""The two pipes to the daemon: packets are read from stdin and written to file descriptor 3."""
import fcntl
import json
import os
import select
import struct
import threading
from collections import deque

JSON_PACKET, BLOCK_PACKET, RESULT_PACKET = 1, 2, 3

_HEADER = struct.Struct("<BBHI")

#: A reader of the pipe that is behind by so many bytes is too slow: sources wait, or lose samples.
MAX_BACKLOG_BYTES = 4 * 1024 * 1024

#: The system takes so many parts in one write.
_MAX_PARTS = 512


def json_bytes(value) -> bytes:
    """One JSON value as UTF-8, without line breaks outside of texts. NaN and infinities are errors."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode("utf-8", "replace")


def take_descriptor(descriptor: int) -> int:
    """Moves a pipe to a number that children do not inherit. The old number then refers to /dev/null."""
    moved = fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, 64)
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, descriptor, inheritable=True)
    os.close(nowhere)
    return moved


class PacketWriter:
    """Writes packets in order, from any thread. What the pipe does not take at once is written by a thread."""

    def __init__(self, descriptor: int):
        self._descriptor = descriptor
        os.set_blocking(descriptor, False)
        self._lock = threading.Lock()
        self._backlog = deque()
        self._more = threading.Condition(self._lock)
        self._drained = threading.Condition(self._lock)
        self._thread = None
        self._closed = False
        #: Bytes that the pipe has not taken.
        self.waiting = 0

    @property
    def full(self) -> bool:
        """True while the daemon is so far behind that a source should wait."""
        return self.waiting >= MAX_BACKLOG_BYTES

    def send(self, seat: int, message) -> None:
        """Writes one message."""
        self.write(JSON_PACKET, seat, (json_bytes(message),))

    def write(self, kind: int, seat: int, parts) -> None:
        """Writes one packet, whose content is given in parts of bytes. They must not change afterwards."""
        length = 0
        for part in parts:
            length += len(part)
        with self._lock:
            if self._closed:
                return
            packet = (_HEADER.pack(kind, 0, seat, length), *parts)
            rest = packet if self._backlog else self._write_some(packet)
            if rest:
                self._backlog.extend(rest)
                self.waiting += sum(map(len, rest))
                if self._thread is None:
                    self._thread = threading.Thread(target=self._write_backlog, name="labdaemon-pipe", daemon=True)
                    self._thread.start()
                self._more.notify()

    def wait_for_room(self, seconds: float) -> bool:
        """Waits until the pipe has taken all that waited for it. True if it has."""
        with self._lock:
            return self._drained.wait_for(lambda: not self._backlog or self._closed, seconds)

    def close(self) -> None:
        """Writes nothing more: in a copy of the process that the driver has forked."""
        self._closed = True
        os.close(self._descriptor)

    def _write_some(self, parts):
        """Writes what the pipe takes at once, and returns the rest."""
        parts = list(parts)
        while parts:
            try:
                written = os.writev(self._descriptor, parts[:_MAX_PARTS])
            except BlockingIOError:
                return parts
            except OSError:
                # The daemon is gone: stdin ends, and so does the process.
                self._closed = True
                return []
            while parts and written >= len(parts[0]):
                written -= len(parts.pop(0))
            if written:
                parts[0] = memoryview(parts[0])[written:]
        return parts

    def _write_backlog(self):
        poll = select.poll()
        poll.register(self._descriptor, select.POLLOUT)
        while not self._closed:
            with self._lock:
                self._more.wait_for(lambda: self._backlog)
            poll.poll(1000)
            with self._lock:
                parts = [self._backlog.popleft() for _ in range(min(len(self._backlog), _MAX_PARTS))]
                before = sum(map(len, parts))
                rest = self._write_some(parts)
                self._backlog.extendleft(reversed(rest))
                self.waiting -= before - sum(map(len, rest))
                if not self._backlog:
                    self._drained.notify_all()


class PacketReader:
    """Reads packets from stdin, with a time limit for each wait."""

    def __init__(self, descriptor: int, wake: int):
        """``wake`` is a pipe: a byte in it ends a wait."""
        self._descriptor = descriptor
        self._wake = wake
        self._poll = select.poll()
        self._poll.register(descriptor, select.POLLIN)
        self._poll.register(wake, select.POLLIN)
        self._bytes = bytearray()

    def read(self, seconds=None):
        """The next packets as ``(seat, message)``; ``None`` at the end of the pipe; ``[]`` when the time is up."""
        ready = [it for it, _ in self._poll.poll(None if seconds is None else max(0, seconds * 1000))]
        if self._wake in ready:
            os.read(self._wake, 4096)
        if self._descriptor not in ready:
            return []
        chunk = os.read(self._descriptor, 1 << 18)
        if not chunk:
            return None
        self._bytes += chunk
        return list(self._packets())

    def _packets(self):
        start = 0
        while len(self._bytes) - start >= _HEADER.size:
            kind, _, seat, length = _HEADER.unpack_from(self._bytes, start)
            end = start + _HEADER.size + length
            if len(self._bytes) < end:
                break
            content = bytes(self._bytes[start + _HEADER.size:end])
            start = end
            if kind == JSON_PACKET:
                yield seat, json.loads(content)
        del self._bytes[:start]
