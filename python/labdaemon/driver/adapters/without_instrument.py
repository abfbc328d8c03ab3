"""Makes an object of a library whose constructor would open an instrument, and opens nothing.

What an instrument of QCoDeS has is known only from its object. Connections of VISA and TCP are replaced by ones that
answer something; sockets, device files, libraries in C and programs are refused meanwhile.
"""

from __future__ import annotations

import ctypes
import io
import sys
import threading
import time
from contextlib import contextmanager, redirect_stdout
from typing import Any, Iterator, List, Optional, Tuple

from .answers import Answers

_REFUSED = ("socket.connect", "socket.bind", "socket.sendto", "socket.sendmsg", "ctypes.dlopen", "subprocess.Popen", "os.system",
            "os.exec", "os.fork", "os.forkpty", "os.posix_spawn", "os.spawn", "shutil.rmtree", "os.remove")

_watch = {"is_on": False, "is_added": False}


@contextmanager
def without_instrument(answers: Optional[Answers]) -> Iterator[None]:
    """Opens no instrument within this context: an attempt raises ``PermissionError``, or gets a silent instrument.

    Args:
        answers: what is answered in the place of the instrument; ``None`` for a simulated one, which can be opened.
    """
    if not _watch["is_added"]:
        # An audit hook cannot be removed, so it is added once.
        sys.addaudithook(_refuse)
        _watch["is_added"] = True
    replaced: List[Tuple[Any, str, Any]] = []
    try:
        for owner, name, value in _replacements(answers) if answers else ():
            replaced.append((owner, name, vars(owner)[name]))
            setattr(owner, name, value)
        _watch["is_on"] = True
        # Messages about the missing instrument are not for the log.
        with redirect_stdout(io.StringIO()):
            yield
    finally:
        _watch["is_on"] = False
        for owner, name, value in replaced:
            setattr(owner, name, value)


def _refuse(event: str, args: Tuple[Any, ...]) -> None:
    if not _watch["is_on"]:
        return
    is_device = event == "open" and str(args[0]).startswith("/dev/") and str(args[0]) not in ("/dev/null", "/dev/urandom")
    if event in _REFUSED or is_device:
        raise PermissionError(f"it uses {event} before it is connected")


class _Silent:
    """An instrument with the answers of ``answers``, at a serial port or on the network."""

    def __init__(self, answers: Answers):
        self._answers = answers

    @property
    def __class__(self) -> Any:
        return _resource_class()

    def query(self, command: str = "", *_: Any, **__: Any) -> str:
        """The answer to a question."""
        return self._answers.answer(command)

    def write(self, command: str = "", *_: Any, **__: Any) -> int:
        """Takes a command."""
        self._answers.write(command)
        return len(command)

    def read(self, *_: Any, **__: Any) -> str:
        """The answer to what was written."""
        answer = self._answers.read()
        if answer is None:
            import pyvisa

            raise pyvisa.VisaIOError(pyvisa.constants.StatusCode.error_timeout)
        return answer

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self

    def __call__(self, *_: Any, **__: Any) -> int:
        return 0


class _Library:
    """A library in C, whose functions do nothing, and return what ``answers`` has."""

    def __init__(self, answers: Answers):
        self._answers = answers

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        function = _Function(name, self._answers)
        setattr(self, name, function)
        return function


class _Function:
    """A function in C. Its types may be set."""

    def __init__(self, name: str, answers: Answers):
        self._name = name
        self._answers = answers

    def __call__(self, *_: Any) -> int:
        return self._answers.code(self._name)


def _resource_class() -> Any:
    """A class that passes the checks of constructors for kinds of VISA resources; without PyVISA, the silent one."""
    try:
        from pyvisa.resources import SerialInstrument, TCPIPSocket
    except ImportError:
        return _Silent
    return type("Resource", (TCPIPSocket, SerialInstrument), {})


def _replacements(answers: Answers) -> Iterator[Tuple[Any, str, Any]]:
    silent = _Silent(answers)
    visa = sys.modules.get("qcodes.instrument.visa")
    if visa is not None:
        original = visa.VisaInstrument._connect_and_handle_error
        # Up to QCoDeS 0.47 it returns the backend and the resource manager, too.
        is_tuple = "tuple" in str(original.__annotations__.get("return", "")).lower()
        result = (silent, "none", silent) if is_tuple else silent
        yield visa.VisaInstrument, "_connect_and_handle_error", lambda self, *_: result
    this, sleep = threading.get_ident(), time.sleep
    yield time, "sleep", lambda seconds: None if threading.get_ident() == this else sleep(seconds)
    yield ctypes, "CDLL", lambda *_, **__: _Library(answers)
    yield ctypes.LibraryLoader, "LoadLibrary", lambda self, name: _Library(answers)
    ip = sys.modules.get("qcodes.instrument.ip")
    if ip is not None:
        yield ip.IPInstrument, "_connect", lambda self: None
        yield ip.IPInstrument, "_send", lambda self, cmd: silent.write(cmd) and None
        yield ip.IPInstrument, "_recv", lambda self: silent.read()
