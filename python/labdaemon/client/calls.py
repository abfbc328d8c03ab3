"""Calls of methods, which may take long."""

from __future__ import annotations

import threading
import time
from typing import Any, Callable, Dict, List, Optional, Sequence

from ..server.address import device_path
from ..server.api import ServerAPI
from ..server.error_answers import error_from_report
from .arrays import from_wire, to_wire

OnProgress = Callable[[Optional[float], str], None]

# Seconds: how long the first answer waits for the end of a call, and the later ones.
_FIRST_WAIT = 1
_MAX_WAIT = 20.0
_PROGRESS_PERIOD = 0.3
# Seconds after Ctrl-C for the daemon to end the call.
_CANCEL_LIMIT = 3.0


class Call:
    """A call of a method that the daemon runs. It goes on when this program ends."""

    def __init__(self, api: ServerAPI, answer: Dict[str, Any]) -> None:
        self._api = api
        self._answer = answer
        #: The call's id, for ``ServerAPI.get_call``.
        self.id: str = answer["call_id"]

    def done(self) -> bool:
        """True if the call has ended. Asks the daemon."""
        return self._ended() or self._ask(0)

    @property
    def status(self) -> str:
        """``running`` (also while it waits for its turn), ``done``, ``failed`` or ``cancelled``. Asks the daemon."""
        self.done()
        return str(self._answer["status"])

    @property
    def progress(self) -> Optional[Dict[str, Any]]:
        """The last report of the method: ``fraction`` (0 to 1, or None) and ``text``; None before. Asks the daemon."""
        self.done()
        return self._answer.get("progress")

    def result(self, timeout: Optional[float] = None, on_progress: Optional[OnProgress] = None) -> Any:
        """Wait for the end, and return the method's result. Raises what the method raised.

        Raises TimeoutError after ``timeout`` seconds; the call goes on. ``on_progress`` gets each progress that the
        method reports: the fraction that is done, from 0 to 1 or None, and a text.
        """
        ends = None if timeout is None else time.monotonic() + timeout
        seen = None
        while not self._ended():
            rest = _MAX_WAIT if ends is None else ends - time.monotonic()
            if rest <= 0:
                raise TimeoutError(f"The call {self.id} has not ended within {timeout:g} s; it goes on")
            limit = _MAX_WAIT if self._api.timeout is None else self._api.timeout / 2
            wait = int(min(rest, limit, _MAX_WAIT))
            if on_progress is not None or wait == 0:
                # The daemon waits whole seconds, and does not answer when there is progress.
                time.sleep(min(_PROGRESS_PERIOD, rest))
                wait = 0
            self._ask(wait)
            progress = self._answer.get("progress")
            if on_progress is not None and progress and progress != seen:
                on_progress(progress["fraction"], progress["text"])
            seen = progress
        if "error" in self._answer:
            raise error_from_report(self._answer["error"])
        return from_wire(self._answer.get("result"))

    def cancel(self) -> str:
        """Cancel the call, and return its status: a method may ignore that it is cancelled. Waits 2 s at the most."""
        self._answer = self._api.cancel_call(self.id)
        return str(self._answer["status"])

    def __repr__(self) -> str:
        return f"<Call {self.id}: {self._answer.get('method', 'a method')} is {self._answer.get('status', 'running')}>"

    def _ended(self) -> bool:
        return bool(self._answer.get("status", "running") != "running")

    def _ask(self, wait: int) -> bool:
        self._answer = self._api.get_call(self.id, wait=wait)
        return self._ended()


class Invocation:
    """One call of a method to its end, which another thread may cancel."""

    def __init__(self, api: ServerAPI, device_id: str, method: str, args: Sequence[Any], kwargs: Dict[str, Any]) -> None:
        self._api = api
        self._path = device_path(device_id) + "/call"
        self._body = call_body(method, args, kwargs)
        self._call: Optional[Call] = None
        self._cancelled = False

    def run(self) -> Any:
        """Call the method, and return its result. Takes as long as the method's own limit allows."""
        limit = _FIRST_WAIT if self._api.timeout is None else min(_FIRST_WAIT, int(self._api.timeout / 2))
        prefer = f"respond-async, wait={limit}" if limit > 0 else "respond-async"
        answer = self._api._request("POST", self._path, self._body, ("result", "call_id"), prefer)
        if "call_id" not in answer:
            return from_wire(answer["result"])
        self._call = Call(self._api, answer)
        if self._cancelled:
            self._call.cancel()
        return self._call.result()

    def run_until_interrupt(self) -> Any:
        """The same. Ctrl-C cancels the call on the daemon, too."""
        if threading.current_thread() is not threading.main_thread():
            return self.run()
        outcome: List[Any] = []
        ended = threading.Event()

        def run() -> None:
            try:
                outcome[:] = [self.run(), None]
            except BaseException as error:
                outcome[:] = [None, error]
            ended.set()

        # Ctrl-C interrupts this thread, and would break the request that says the call's id.
        thread = threading.Thread(target=run, name="labdaemon-call", daemon=True)
        try:
            # Waits for the thread, which may have called the method when Ctrl-C comes.
            thread.start()
            ended.wait()
        except KeyboardInterrupt:
            self.cancel()
            ended.wait(_CANCEL_LIMIT)
            raise
        result, error = outcome
        if error is not None:
            raise error
        return result

    def cancel(self) -> None:
        """Cancel the call, now or as soon as its id is known."""
        self._cancelled = True
        if self._call is not None:
            self._call.cancel()


def call_body(method: str, args: Sequence[Any], kwargs: Dict[str, Any]) -> Dict[str, Any]:
    """The body of a call."""
    return {"method": method, "args": to_wire(list(args)), "kwargs": to_wire(kwargs)}
