"""The output of drivers: one line of the daemon's log for each line that they print or log, with its level and, where it is known, its device."""
import io
import os
import sys
import threading
from contextvars import ContextVar

_LEVELS = ((40, "e"), (30, "w"), (20, "i"), (0, "d"))

#: A line is cut at this length, in characters. The rest is a line of its own.
_MAX_LINE_CHARS = 4_000

_seat = ContextVar("labdaemon_seat", default=0)
_is_shared = False
_has_logging = False


def run_as(seat: int) -> None:
    """From here on, the lines of this thread, and of the coroutines that it starts, are those of a seat."""
    _seat.set(seat)


def current_seat() -> int:
    """The seat whose code runs; 0 where that is not known."""
    return _seat.get() or getattr(threading.current_thread(), "labdaemon_seat", 0)


def mark(letter: str) -> bytes:
    seat = current_seat() if _is_shared else 0
    return f"\x01{letter}{seat}\x02".encode() if seat else f"\x01{letter}".encode()


def write_line(letter: str, text: str) -> None:
    """Writes lines with a level."""
    begin = mark(letter)
    lines = [part[i:i + _MAX_LINE_CHARS] for part in text.splitlines()
             for i in range(0, len(part) or 1, _MAX_LINE_CHARS)]
    data = b"".join(begin + line.replace("\x01", "").encode("utf-8", "replace") + b"\n" for line in lines if line)
    _write(data)


def write_exit(reason: str) -> None:
    """The last lines of a process whose driver ends it: the reason, and the device."""
    # In the words of a runtime that exits with an error, which the daemon adds to its own.
    _write(b"error: " + reason.encode("utf-8", "replace") + b"\n")
    if _is_shared and current_seat():
        _write(f"\x01x{current_seat()}\x02\n".encode())


def _write(data: bytes) -> None:
    try:
        os.write(2, data)
    except OSError:
        pass  # The daemon has closed its end.


class ConsoleStream(io.TextIOBase):
    """``sys.stdout`` and ``sys.stderr`` of a driver's process."""

    encoding = "utf-8"
    errors = "replace"

    def __init__(self, letter: str, descriptor: int):
        self._letter = letter
        self._descriptor = descriptor
        self._parts = threading.local()

    def writable(self):
        return True

    def isatty(self):
        return False

    def fileno(self):
        return self._descriptor

    @property
    def buffer(self):
        return open(self._descriptor, "wb", buffering=0, closefd=False)

    def write(self, text):
        if not isinstance(text, str):
            raise TypeError(f"write() takes a text, not {type(text).__name__}")
        whole = getattr(self._parts, "text", "") + text
        end = max(whole.rfind("\n"), whole.rfind("\r"))
        if end >= 0 or len(whole) > _MAX_LINE_CHARS:
            end = end if end >= 0 else len(whole) - 1
            write_line(self._letter, whole[:end + 1])
            whole = whole[end + 1:]
        self._parts.text = whole
        return len(text)

    def flush(self):
        pass


def take_console(is_shared: bool) -> None:
    """Replaces the streams of the process."""
    global _is_shared
    _is_shared = is_shared
    sys.stdout = sys.__stdout__ = ConsoleStream("i", 2)
    sys.stderr = sys.__stderr__ = ConsoleStream("w", 2)
    sys.stdin = sys.__stdin__ = open(os.devnull)


def take_logging() -> None:
    """Sends what drivers log to the daemon with its level, once the module ``logging`` is in use."""
    global _has_logging
    if _has_logging or "logging" not in sys.modules:
        return
    _has_logging = True
    import logging

    class Handler(logging.Handler):
        def emit(self, record):
            letter = next(letter for level, letter in _LEVELS if record.levelno >= level)
            text = record.getMessage()
            if record.exc_info and record.exc_info[1] is not None:
                text = f"{text}: {type(record.exc_info[1]).__name__}: {record.exc_info[1]}"
            name = "" if record.name == "root" else f"{record.name}: "
            write_line(letter, name + text)

    root = logging.getLogger()
    root.addHandler(Handler())
    if root.level == logging.WARNING:
        root.setLevel(logging.INFO)
    logging.raiseExceptions = False
