"""Reports what the connections of drivers carry to the transcripts of their devices."""
import functools
import threading

from ..console import current_seat

#: The transcripts by their seats.
_transcripts = {}

#: The seats of the process.
_seats = {}

#: ``value`` is true while this thread is in a reported call: PyVISA uses sockets, which must not report again.
_inside = threading.local()


def open_transcript(seat: int, transcript, seats) -> None:
    """From here on, what the connections of a seat carry is reported to its transcript."""
    global _seats
    _seats = seats
    is_first = not _transcripts
    _transcripts[seat] = transcript
    if is_first:
        from .libraries import tap_libraries
        from .sockets import tap_sockets
        tap_sockets()
        tap_libraries()


def present_transcript():
    """The transcript of the device whose code runs; ``None`` if it has none, or inside of a call that is reported."""
    if getattr(_inside, "value", False):
        return None
    seat = current_seat()
    if seat == 0 and len(_seats) == 1:
        seat = next(iter(_seats), 0)
    return _transcripts.get(seat)


def tap(owner, name: str, report) -> None:
    """Replaces a method by one that also reports.

    ``report(transcript, call, self, *args)`` makes the call, and returns its result.
    """
    original = getattr(owner, name, None)
    if original is None or hasattr(original, "labdaemon_tap"):
        return

    @functools.wraps(original)
    def tapped(self, *args, **kwargs):
        transcript = present_transcript()
        if transcript is None:
            return original(self, *args, **kwargs)
        _inside.value = True
        try:
            return report(transcript, functools.partial(original, self, *args, **kwargs), self, *args, **kwargs)
        finally:
            _inside.value = False

    tapped.labdaemon_tap = True
    setattr(owner, name, tapped)


def opening(transcript, call, *_, **__):
    """Reports that a connection was opened."""
    result = call()
    transcript.take("opened")
    return result


def sending(transcript, call, self, data, *_, **__):
    """Reports all the data, before an answer to it can come."""
    transcript.take("sent", as_bytes(data))
    return call()


def as_bytes(data):
    """The bytes of a buffer, whatever its items are."""
    return data if isinstance(data, (bytes, bytearray)) else memoryview(data).cast("B")
