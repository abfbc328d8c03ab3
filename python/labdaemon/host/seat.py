"""One seat of the process: takes the requests for a device, and answers them."""
import threading
import time

from ..driver.context import CALL
from ..driver.values import encode
from .calls import CANCEL_GRACE, CANCEL_GRACE_ASKING, Call, expired
from .connection_loss import is_loss
from .console import run_as, take_logging
from .device import Device
from .driver_error import HostError, error_of
from .main_thread import Job
from .pipe import JSON_PACKET, RESULT_PACKET, json_bytes
from .seat_end import SeatEnd
from .streams.seat_runs import SeatRuns

#: The limits of the protocol.
_MAX_RESULT_BYTES = 32 * 1024 * 1024
_MAX_DESCRIPTION_BYTES = 256 * 1024
_MAX_MESSAGE_BYTES = 4 * 1024 * 1024

#: The requests that use an instrument that is open.
_USING = ("call", "get", "set")

_TOO_LARGE = {
    "load": ("The driver's description is", "DescriptionTooLarge"),
    "check_params": ("The params with their defaults are", "ParamsTooLarge"),
    "check_options": ("The options with their defaults are", "OptionsTooLarge"),
}


class Seat:
    """A device, its driver, and its work. Requests come in the reader's thread."""

    def __init__(self, number: int, process):
        self.number = number
        self.process = process
        self.device = Device(number, process)
        self.runs = SeatRuns(self)
        self._end = SeatEnd(self)
        self._calls = {}
        self._is_lost = False
        #: Commands with a lower number are of an earlier owner.
        self._fence = 0
        #: True while the device is leased.
        self.is_leased = False

    def handle(self, id: int, op: str, input: dict) -> None:
        """Begins to answer a request."""
        call = Call(id, lambda report: self.process.pipe.send(self.number, report))
        self._calls[id] = call
        if op == "start" and self._is_outdated(input):
            self._refuse_outdated(call, "Cannot start streaming")
        elif op in ("start", "stop"):
            getattr(self.runs, op)(call, input)
        elif op in ("safe", "disconnect"):
            self._end.begin(call, op, input)
        else:
            self._queue(call, op, input)

    def set_fence(self, number: int, is_leased: bool) -> None:
        """Notes a new owner of the device, or none. Older commands are refused, waiting ones too."""
        if number >= self._fence:
            self._fence, self.is_leased = number, is_leased

    def shut_down(self, safe: float, close: float) -> threading.Event:
        """The daemon is gone, or needs the seat no longer. Sets the returned event when the instrument is closed."""
        return self._end.shut_down(safe, close)

    def cancel(self, id: int) -> None:
        """The answer is no longer awaited."""
        call = self._calls.get(id)
        if call is None or call.is_cancelled:
            return
        call.cancel()
        if not call.is_begun:
            self.drop(call, HostError("CallCancelled", "the call was cancelled before it began"))
            return
        self.process.timers.after(CANCEL_GRACE, lambda: self._interrupt(call))

    def _interrupt(self, call):
        if call.is_answered or call.job is None:
            return
        if call.asks:
            left = CANCEL_GRACE_ASKING - CANCEL_GRACE
            self.process.timers.after(left, lambda: self.process.main.interrupt(call.job))
        else:
            self.process.main.interrupt(call.job)

    def _queue(self, call, op, input):
        attempt = self.device.attempt(op, input)
        arrived = time.monotonic()
        valid = input.get("valid") if op in ("call", "get", "set") else None

        def work(job):
            if call.is_answered:
                return
            if valid is not None and (time.monotonic() - arrived) * 1000 > valid:
                return self.answer_error(call, expired(attempt, valid), attempt)
            if self._is_outdated(input):
                return self._refuse_outdated(call, attempt)
            call.is_begun = True
            self.perform(call, attempt, lambda: getattr(self.device, op)(call, job, input), op)

        call.job = Job(work, self.number)
        if valid is not None and not self.process.main.is_idle:
            self.process.timers.after(valid / 1000, lambda: call.is_begun or self.drop(call, expired(attempt, valid)))
        self.process.main.submit(call.job)

    def _is_outdated(self, input):
        """True for a command of an earlier owner."""
        return input.get("fence", self._fence) < self._fence

    def _refuse_outdated(self, call, attempt):
        message = f"{attempt}: the device has had another owner since; nothing was done"
        self.answer_error(call, HostError("LeaseEnded", message), attempt)

    def perform(self, call, attempt, work, op):
        """Does the work of a call, and answers."""
        run_as(self.number)
        token = CALL.set(call)
        try:
            result = work()
        except (SystemExit, KeyboardInterrupt) as thrown:
            self.process.crash(self.number, thrown)
        except BaseException as thrown:
            self.answer_error(call, call.reason or thrown, attempt)
            if op in _USING:
                self.report_loss(thrown)
        else:
            self.answer(call, result, op, attempt)
        finally:
            CALL.reset(token)
            run_as(0)
            take_logging()

    def report_loss(self, error: BaseException) -> None:
        """Reports that the connection is lost, once, if the error says that. A run reports it by its own end."""
        if self._is_lost or not self.device.is_connected or self.runs.run is not None or not is_loss(error):
            return
        self._is_lost = True
        lost = error_of(error, self.device.context, grant=self.device.grant)
        self.process.pipe.send(self.number, {"disconnected": lost})

    @property
    def open_calls(self):
        """The requests that are not answered."""
        return [call for call in list(self._calls.values()) if not call.is_answered]

    def drop(self, call, error):
        """Answers a call that has not begun with an error. It never runs."""
        call.job.is_dropped = True
        self.answer_error(call, error, "")

    def answer(self, call, result, op, attempt=""):
        """Answers a call, once."""
        try:
            kind, content = self._content(call.id, result, op)
        except Exception as error:
            return self.answer_error(call, error, attempt)
        if call.answered():
            self._calls.pop(call.id, None)
            if call.id >= 0:
                self.process.pipe.write(kind, self.number, content)
            call.on_answer()
        return None

    def _content(self, id, result, op):
        """The kind and the content of the packet that answers a request."""
        if op in ("call", "get", "set"):
            text = encode(result, "json")
            if len(text) > _MAX_RESULT_BYTES:
                message = f"The result is too large: {len(text)} bytes of JSON, and {_MAX_RESULT_BYTES} at most; stream it instead"
                raise HostError("DriverError", message, type="ResultTooLarge")
            return RESULT_PACKET, (id.to_bytes(4, "little"), text)
        content = json_bytes({"id": id, "result": result})
        limit = _MAX_DESCRIPTION_BYTES if op == "load" else _MAX_MESSAGE_BYTES
        if len(content) > limit:
            what, type = _TOO_LARGE.get(op, ("The answer is", "AnswerTooLarge"))
            message = f"{what} too large: {len(content)} bytes of JSON, and {limit} at most"
            raise HostError("DriverError", message, type=type)
        return JSON_PACKET, (content,)

    def answer_error(self, call, error, attempt=""):
        """Answers a call with an error, once."""
        if call.answered():
            self._calls.pop(call.id, None)
            if call.id >= 0:
                packed = error_of(error, self.device.context, attempt, self.device.grant)
                self.process.pipe.send(self.number, {"id": call.id, "error": packed})
            call.on_answer()
