"""Takes the samples that a driver yields: encodes each sample once, and gives it its time."""
from ...driver.timed import Block, Lost, Stamped
from ...driver.values import encode
from ..pipe import PacketWriter
from .blocks import BlockWriter
from .clocks import SampleClocks, TimeText

_MAX_SEQUENCE = 2**53


class SampleWriter:
    """The samples of one device. Any thread may write, but samples have the order in which it is called."""

    def __init__(self, seat: int, device_id: str, epoch: str, sequence: int, arrays: str, is_waveform,
                 pipe: PacketWriter):
        self._seat = seat
        self._pipe = pipe
        self._arrays = arrays
        #: True if a block is one sample.
        self.is_waveform = is_waveform
        self._blocks = BlockWriter(seat, device_id, epoch, sequence, pipe)
        self._lock = self._blocks.lock
        self._time = TimeText()
        self._clocks = SampleClocks(self._clock_set, lambda status: pipe.send(seat, {"instrument_clock": status}))

    @property
    def full(self) -> bool:
        """True while the daemon is so far behind that the source should wait."""
        return self._pipe.full

    def wait_for_room(self, seconds: float) -> bool:
        """Waits until the daemon has read all that waited for it."""
        return self._pipe.wait_for_room(seconds)

    def begin(self) -> None:
        """A new run begins."""
        self._clocks.begin()
        self._blocks.is_open = True

    def end(self) -> None:
        """Sends all samples. None is taken any more until the next run."""
        with self._lock:
            self._blocks.close()
            self._blocks.is_open = False

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
            self._blocks.append(self._time(self._clocks.read()), b'","payload":', payload)

    def lose(self, count: int) -> None:
        """Numbers samples that the source has lost."""
        if count > 0:
            with self._lock:
                self._blocks.skip(count)

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
                start, middle = self._place(value.time, 0.0, 1)
                self._blocks.append(self._time(start), middle, payload)
            return None
        length = value.length
        if length == 0:
            return None
        if self.is_waveform(value):
            payload = self._encoded(value.values)
            with self._lock:
                # As JavaScript writes numbers, which the daemon reads with one pattern.
                dt = b',"dt":' + repr(float("%.15g" % value.dt)).encode()
                start, middle = self._place(value.t0, value.dt, length, dt)
                self._blocks.append(self._time(start), middle, payload)
            return None
        payloads = [self._encoded(value.payload(i)) for i in range(length)]
        step = value.dt * 1e6
        with self._lock:
            start, middle = self._place(value.t0, value.dt, length)
            for i, payload in enumerate(payloads):
                self._blocks.append(self._time(start + round(i * step)), middle, payload, gather=True)
            self._blocks.close()
        return None

    def _place(self, first: float, dt: float, count: int, dt_text=b""):
        """The time of the first value by the instrument's clock, and the bytes between it and the payload."""
        start, received = self._clocks.place(first, dt, count)
        return start, b'"' + dt_text + b',"received":"' + self._time(received) + b'","payload":'

    def _clock_set(self, step: float, source: str):
        self._blocks.close()
        self._pipe.send(self._seat, {"clock": step, "source": source})
