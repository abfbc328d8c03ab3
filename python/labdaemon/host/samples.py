"""Numbers each sample where the driver yields it, encodes its event once, and gathers events into blocks."""
import math
import struct
import threading
import time

from ..driver.timed import Block, Lost, Stamped
from ..driver.values import encode
from .clocks import HostClock, InstrumentClock, TimeText
from .pipe import BLOCK_PACKET, PacketWriter, json_bytes

#: A sample that follows the last block sooner waits for others, in seconds.
_FLUSH = 0.001

#: The longest wait of a sample that no other one follows, in seconds.
_LINGER = 0.003

#: A block is closed at this size, in bytes.
_MAX_BLOCK_BYTES = 64 * 1024

#: A larger event is lost. In bytes.
_MAX_FRAME_BYTES = 60 * 1024 * 1024

#: Samples that were too large, and the instrument's clock, are reported at most so often, in seconds.
_PROBLEM_SECONDS = 10
_CLOCK_SECONDS = 2

_MAX_SEQUENCE = 2**53


class SampleWriter:
    """The samples of one device. Any thread may write, but samples have the order in which it is called."""

    def __init__(self, seat: int, device_id: str, epoch: str, sequence: int, arrays: str, is_waveform,
                 pipe: PacketWriter):
        self._seat = seat
        self._device_id = device_id
        self._pipe = pipe
        self._arrays = arrays
        self._is_waveform = is_waveform
        self._id = b"id: " + epoch.encode() + b"-"
        self._event = (b'\nevent: device_data\ndata: {"event":"device_data","device_id":'
                       + json_bytes(device_id) + b',"sequence":')
        self._lock = threading.Lock()
        self._frames = []
        self._size = 0
        self._first = self._next = sequence
        self._closed_at = -math.inf
        self._time = TimeText()
        self._clock = HostClock()
        self._instrument = InstrumentClock()
        self._reported_at = self._clock_reported_at = -math.inf
        self._lost_large = 0
        self._is_open = False
        self._flusher = None
        self._pending = threading.Event()
        #: Samples that were written so far.
        self.count = 0

    @property
    def full(self) -> bool:
        """True while the daemon is so far behind that the source should wait."""
        return self._pipe.full

    def wait_for_room(self, seconds: float) -> bool:
        """Waits until the daemon has read all that waited for it."""
        return self._pipe.wait_for_room(seconds)

    def begin(self) -> None:
        """A new run begins."""
        self._instrument.begin()
        self._is_open = True

    def end(self) -> None:
        """Sends all samples. None is taken any more until the next run."""
        with self._lock:
            self._close()
            self._is_open = False

    def write(self, value) -> None:
        """Takes the next sample: a value, or what ``stamped``, ``block`` or ``Lost`` made.

        Raises ``NotSerializable`` for a value that cannot be encoded. It has its number, too, and is lost.
        """
        kind = type(value)
        if kind is float and value - value == 0:
            payload = repr(value).encode()
        elif kind is int and -_MAX_SEQUENCE < value < _MAX_SEQUENCE:
            payload = b"%d" % value
        elif isinstance(value, (Block, Stamped, Lost)):
            return self._write_timed(value)
        else:
            payload = self._encoded(value)
        with self._lock:
            micros = self._clock.read()
            if self._clock.step:
                self._clock_set(self._clock.step, "host")
            self._append(self._time(micros), b'","payload":', payload)

    def lose(self, count: int) -> None:
        """Numbers samples that the source has lost."""
        if count <= 0:
            return
        with self._lock:
            if not self._is_open:
                return
            self._close()
            self._first = self._next = self._next + count
            self._pipe.send(self._seat, {"lost": self._next})

    def flush(self) -> None:
        """Sends all samples."""
        with self._lock:
            self._close()

    def _encoded(self, value) -> bytes:
        try:
            return encode(value, self._arrays)
        except BaseException:
            self.lose(1)
            raise

    def _write_timed(self, value):
        if isinstance(value, Lost):
            return self.lose(value.count)
        if isinstance(value, Stamped):
            payload = self._encoded(value.value)
            with self._lock:
                start, middle = self._place(value.time, 0.0)
                self._append(self._time(start), middle, payload)
            return None
        length = value.length
        if length == 0:
            return None
        if self._is_waveform(value):
            payload = self._encoded(value.values)
            with self._lock:
                start, middle = self._place(value.t0, value.dt * (length - 1), value.dt)
                self._append(self._time(start), middle, payload)
            return None
        payloads = [self._encoded(value.payload(i)) for i in range(length)]
        step = value.dt * 1e6
        with self._lock:
            start, middle = self._place(value.t0, value.dt * (length - 1))
            for i, payload in enumerate(payloads):
                self._append(self._time(start + round(i * step)), middle, payload, gather=True)
            self._close()
        return None

    def _place(self, first: float, span: float, dt=None):
        """The time of a value by the instrument's clock, and the bytes between it and the payload."""
        received = self._clock.read()
        if self._clock.step:
            self._clock_set(self._clock.step, "host")
        start = self._instrument.place(first, span, received)
        now = time.monotonic()
        if now - self._clock_reported_at >= _CLOCK_SECONDS:
            self._clock_reported_at = now
            self._pipe.send(self._seat, {"instrument_clock": self._instrument.status()})
        # As JavaScript writes numbers, which the daemon reads with one pattern.
        dt_text = b"" if dt is None else b',"dt":' + repr(float("%.15g" % dt)).encode()
        return start, b'"' + dt_text + b',"received":"' + self._time(received) + b'","payload":'

    def _append(self, moment: bytes, middle: bytes, payload, gather=False):
        if not self._is_open:
            return None
        number = b"%d" % self._next
        size = len(payload)
        if size > _MAX_BLOCK_BYTES:
            return self._append_large(number, moment, middle, payload)
        frame = b''.join((self._id, number, self._event, number, b',"timestamp":"', moment, middle, payload, b"}\n\n"))
        self._frames.append(frame)
        self._size += len(frame)
        self._next += 1
        self.count += 1
        if self._size >= _MAX_BLOCK_BYTES:
            self._close()
        elif not gather:
            if time.monotonic() - self._closed_at >= _FLUSH:
                self._close()
            elif not self._pending.is_set():
                self._flush_soon()
        return None

    def _append_large(self, number, moment, middle, payload):
        """A large event is a block of its own, and is not copied."""
        self._close()
        head = b''.join((self._id, number, self._event, number, b',"timestamp":"', moment, middle))
        size = len(head) + len(payload) + 3
        if size > _MAX_FRAME_BYTES:
            return self._too_large(size)
        block = struct.pack("<dII", self._next, 1, size)
        self._pipe.write(BLOCK_PACKET, self._seat, (block, head, payload, b"}\n\n"))
        self._next += 1
        self._first = self._next
        self.count += 1
        self._closed_at = time.monotonic()
        return None

    def _too_large(self, size: int):
        sequence = self._next
        self._first = self._next = sequence + 1
        self._pipe.send(self._seat, {"lost": self._next})
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
        from .driver_error import wire_error
        self._pipe.send(self._seat, {"problem": wire_error("DriverError", message, context, "SampleTooLarge")})

    def _clock_set(self, step: float, source: str):
        self._close()
        self._pipe.send(self._seat, {"clock": step, "source": source})

    def _close(self):
        """Sends the samples that wait, as one block."""
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
