"""Numbers the events of a device's samples, and gathers them into blocks."""
import math
import struct
import threading
import time

from ..pipe import BLOCK_PACKET, PacketWriter, json_bytes

#: A sample that follows the last block sooner waits for others, in seconds.
_FLUSH = 0.001

#: The longest wait of a sample that no other one follows, in seconds.
_LINGER = 0.003

#: A block is closed at this size, in bytes.
_MAX_BLOCK_BYTES = 64 * 1024

#: A larger event is lost. In bytes.
_MAX_FRAME_BYTES = 60 * 1024 * 1024

#: Samples that were too large are reported at most so often, in seconds.
_PROBLEM_SECONDS = 10


class BlockWriter:
    """The blocks of one device. Except for ``flush``, its callers hold its lock."""

    def __init__(self, seat: int, device_id: str, epoch: str, sequence: int, pipe: PacketWriter):
        self._seat = seat
        self._device_id = device_id
        self._pipe = pipe
        self._id = b"id: " + epoch.encode() + b"-"
        self._event = (b'\nevent: device_data\ndata: {"event":"device_data","device_id":'
                       + json_bytes(device_id) + b',"sequence":')
        self.lock = threading.Lock()
        #: False between runs: no sample is taken.
        self.is_open = False
        self._frames = []
        self._size = 0
        self._first = self._next = sequence
        self._closed_at = self._reported_at = -math.inf
        self._lost_large = 0
        self._flusher = None
        self._pending = threading.Event()

    def append(self, moment: bytes, middle: bytes, payload, gather=False):
        """Adds the next sample: its time, the bytes between that and the payload, and the payload.

        With ``gather``, others follow at once, and then ``close``.
        """
        if not self.is_open:
            return None
        number = b"%d" % self._next
        size = len(payload)
        if size > _MAX_BLOCK_BYTES:
            return self._append_large(number, moment, middle, payload)
        frame = b''.join((self._id, number, self._event, number, b',"timestamp":"', moment, middle, payload, b"}\n\n"))
        self._frames.append(frame)
        self._size += len(frame)
        self._next += 1
        if self._size >= _MAX_BLOCK_BYTES:
            self.close()
        elif not gather:
            if time.monotonic() - self._closed_at >= _FLUSH:
                self.close()
            elif not self._pending.is_set():
                self._flush_soon()
        return None

    def skip(self, count: int) -> None:
        """Numbers samples that are lost."""
        if not self.is_open:
            return
        self.close()
        self._first = self._next = self._next + count
        self._pipe.send(self._seat, {"lost": self._next})

    def close(self) -> None:
        """Sends the waiting samples as one block."""
        frames = self._frames
        if frames:
            count = len(frames)
            end = 0
            ends = []
            for frame in frames:
                end += len(frame)
                ends.append(end)
            head = struct.pack("<dI%dI" % count, self._first, count, *ends)
            self._frames = []
            self._size = 0
            self._first = self._next
            self._pipe.write(BLOCK_PACKET, self._seat, (head, b"".join(frames)))
        self._closed_at = time.monotonic()

    def flush(self) -> None:
        """Sends the samples that wait. Takes the lock."""
        with self.lock:
            self.close()

    def _append_large(self, number, moment, middle, payload):
        """A large event is a block of its own, and is not copied."""
        self.close()
        head = b''.join((self._id, number, self._event, number, b',"timestamp":"', moment, middle))
        size = len(head) + len(payload) + 3
        if size > _MAX_FRAME_BYTES:
            return self._too_large(size)
        block = struct.pack("<dII", self._next, 1, size)
        self._pipe.write(BLOCK_PACKET, self._seat, (block, head, payload, b"}\n\n"))
        self._next += 1
        self._first = self._next
        self._closed_at = time.monotonic()
        return None

    def _too_large(self, size: int):
        sequence = self._next
        self.skip(1)
        self._lost_large += 1
        now = time.monotonic()
        if now - self._reported_at < _PROBLEM_SECONDS:
            return
        more = f"; {self._lost_large} samples were too large since the last report" if self._lost_large > 1 else ""
        self._reported_at = now
        self._lost_large = 0
        message = (f"Sample {sequence} is too large: {size / 1e6:.1f} MB as an event, and "
                   f"{_MAX_FRAME_BYTES / 1e6:.1f} MB at most. It is lost, and the stream continues{more}")
        context = {"device_id": self._device_id, "sequence": sequence, "max_bytes": _MAX_FRAME_BYTES}
        from ..driver_error import wire_error
        self._pipe.send(self._seat, {"problem": wire_error("DriverError", message, context, "SampleTooLarge")})

    def _flush_soon(self):
        self._pending.set()
        if self._flusher is None:
            self._flusher = threading.Thread(target=self._flush_later, name="labdaemon-samples", daemon=True)
            self._flusher.start()

    def _flush_later(self):
        while True:
            self._pending.wait()
            time.sleep(_LINGER)
            self._pending.clear()
            self.flush()
