"""Makes an object of a library whose constructor would open an instrument, and opens nothing.

What an instrument of QCoDeS has is known only from its object. Connections of VISA and TCP are replaced by ones that always
give one answer; sockets, device files, libraries in C and programs are refused meanwhile.
"""

from __future__ import annotations

import io
import sys
import time
from contextlib import contextmanager, redirect_stdout
from typing import Any, Iterator, List, Tuple

_REFUSED = ("socket.connect", "socket.bind", "socket.sendto", "socket.sendmsg", "ctypes.dlopen", "subprocess.Popen", "os.system",
            "os.exec", "os.fork", "os.forkpty", "os.posix_spawn", "os.spawn", "shutil.rmtree", "os.remove")

#: The limit for a constructor that asks until it gets another answer.
MAX_SECONDS = 2.0

_watch = {"is_on": False, "is_added": False}


@contextmanager
def without_instrument(model: str, answer: str, replace: bool = True) -> Iterator[None]:
    """Within it, no instrument is opened: what would open one raises ``PermissionError``, or talks to none.

    Args:
        model: the model in the answer to ``*IDN?``.
        answer: the answer to other questions.
        replace: false for a simulated instrument, which can be opened.
    """
    if not _watch["is_added"]:
        # It cannot be removed again, so it is added once.
        sys.addaudithook(_refuse)
        _watch["is_added"] = True
    replaced: List[Tuple[Any, str, Any]] = []
    try:
        for owner, name, value in _replacements(_Silent(model, answer)) if replace else ():
            replaced.append((owner, name, vars(owner)[name]))
            setattr(owner, name, value)
        _watch["is_on"] = True
        # What it prints is about an instrument that there is not.
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
    """An instrument that gives one answer to every question."""

    def __init__(self, model: str, answer: str):
        self._answers = {"*IDN?": f"none,{model},0,0.0", "*LANG?": "SCPI", "*OPT?": "520"}
        self._answer = answer
        self._end = time.monotonic() + MAX_SECONDS

    def query(self, command: str = "", *_: Any, **__: Any) -> str:
        """The answer, also to the question who it is."""
        if time.monotonic() > self._end:
            raise TimeoutError("it waits for its instrument")
        return self._answers.get(command.strip().upper(), self._answer)

    def read(self, *_: Any, **__: Any) -> str:
        """An answer."""
        return self.query()

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self

    def __call__(self, *_: Any, **__: Any) -> int:
        return 0


def _replacements(silent: _Silent) -> Iterator[Tuple[Any, str, Any]]:
    visa = sys.modules.get("qcodes.instrument.visa")
    if visa is not None:
        original = visa.VisaInstrument._connect_and_handle_error
        # Up to QCoDeS 0.47 it returns the backend and the resource manager, too.
        is_tuple = "tuple" in str(original.__annotations__.get("return", "")).lower()
        result = (silent, "none", silent) if is_tuple else silent
        yield visa.VisaInstrument, "_connect_and_handle_error", lambda self, *_: result
    ip = sys.modules.get("qcodes.instrument.ip")
    if ip is not None:
        yield ip.IPInstrument, "_connect", lambda self: None
        yield ip.IPInstrument, "_send", lambda self, cmd: None
        yield ip.IPInstrument, "_recv", lambda self: silent.read()
