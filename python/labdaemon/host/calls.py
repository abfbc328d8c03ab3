"""One piece of work for a device, from its request to its answer."""
import math
import threading
import time

from .driver_error import HostError

#: The time between two reports of progress that are sent, in seconds.
_PROGRESS_SECONDS = 0.2

_MAX_PROGRESS_CHARS = 200

#: After the cancel of a call, its method may end by itself for so long; longer if it asks ``cancelled()``. In seconds.
CANCEL_GRACE = 0.2
CANCEL_GRACE_ASKING = 2.0


class Call:
    """A request that is being answered. Its code reaches it by ``cancelled()`` and ``progress()``."""

    def __init__(self, id: int, send_progress=None):
        self.id = id
        self.job = None
        self.is_answered = False
        self.is_begun = False
        #: The reason to report instead of what the work raises when it is interrupted.
        self.reason = None
        #: Called when it is answered.
        self.on_answer = _nothing
        self._is_cancelled = False
        self._asks = False
        self._send = send_progress
        self._lock = threading.Lock()
        self._sent_at = -math.inf
        self._last = None
        self._timer = None

    def cancelled(self) -> bool:
        self._asks = True
        return self._is_cancelled

    def cancel(self) -> None:
        self._is_cancelled = True

    @property
    def is_cancelled(self) -> bool:
        return self._is_cancelled

    @property
    def asks(self) -> bool:
        """True if its code asks for itself whether it is cancelled."""
        return self._asks

    def progress(self, fraction, text="") -> None:
        known = isinstance(fraction, (int, float)) and math.isfinite(fraction)
        report = (min(1.0, max(0.0, float(fraction))) if known else None, str(text)[:_MAX_PROGRESS_CHARS])
        with self._lock:
            if self._send is None or self.is_answered:
                return
            self._last = report
            if self._timer is not None:
                return
            wait = self._sent_at + _PROGRESS_SECONDS - time.monotonic()
            if wait <= 0:
                self._flush()
            else:
                self._timer = threading.Timer(wait, self._flush_later)
                self._timer.daemon = True
                self._timer.start()

    def answered(self) -> bool:
        """To be called before its answer is sent. False if it was answered before."""
        with self._lock:
            if self.is_answered:
                return False
            self.is_answered = True
            if self._timer is not None:
                self._timer.cancel()
            return True

    def _flush_later(self):
        with self._lock:
            self._timer = None
            if not self.is_answered:
                self._flush()

    def _flush(self):
        self._sent_at = time.monotonic()
        fraction, text = self._last
        self._send({"progress": self.id, "fraction": fraction, "text": text})


def _nothing():
    pass


def expired(attempt: str, milliseconds: float) -> HostError:
    """The error of a command that has waited for the device's lock for too long."""
    seconds = milliseconds / 1000
    waited = f"{seconds:.1f} s" if seconds < 9.95 else f"{round(seconds)} s"
    return HostError("CommandExpired", f"{attempt}: it has waited {waited} for other commands, as long as it is valid; "
                                       "nothing was done")
