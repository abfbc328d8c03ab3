"""The streaming runs of a device, one at a time."""
import threading

from ..driver_error import HostError, error_of
from .declared_stream import DeclaredStream
from .runs import Run
from .stream_check import StreamCheck

#: The time for which a stream's code may go on after its stop, before it is interrupted, in seconds.
_STOP_GRACE = 0.5


class SeatRuns:
    """Starts and stops the runs of a seat."""

    def __init__(self, seat):
        self._seat = seat
        #: The run that has not ended.
        self.run = None
        self._start_call = None
        #: The request that stops the run, and what is to be called at its end.
        self._stop = None
        self._lock = threading.Lock()
        #: The findings of all runs that are reported and not over.
        self._reported = set()

    def start(self, call, input):
        attempt = "Cannot start streaming"
        if self.run is not None:
            return self._seat.answer(call, None, "start", attempt)
        try:
            definition = self._seat.device.loaded()
            options = definition.check_options(input["options"])
            device = self._seat.device.created()
            source = definition.source(device)
            if source is None:
                raise HostError("DriverError", f'"{self._seat.device.id}" does not stream')
        except Exception as error:
            return self._seat.answer_error(call, error, attempt)
        read = input.get("read")
        limit = float("inf") if read is None else read / 1000
        self._start_call = call
        self._stop = None
        writer = self._seat.device.writer
        check = StreamCheck(DeclaredStream(definition), options.get("sample_rate"), writer.is_waveform, self._reported,
                            self._warn)
        self.run = Run(source, options, limit, writer, check, self._seat.process, self._seat.number,
                       lambda _: self._seat.answer(call, None, "start", attempt), self._run_ended)
        self.run.begin()
        return None

    def stop(self, call, input):
        run = self.run
        if run is None:
            return self._seat.answer(call, None, "stop")
        limit = input["limit"] / 1000

        def late():
            message = (f'Cannot stop streaming "{self._seat.device.id}": its stream still runs {input["limit"]:g} ms '
                       "after its stop")
            self._seat.answer_error(call, HostError("DeviceTimeout", message))

        self._seat.process.timers.after(limit, late)
        self.stop_run(run, limit, call=call)
        return None

    def stop_run(self, run, limit, call=None, then=None):
        """Stops a run. At its end the call is answered, or ``then`` is called."""
        with self._lock:
            is_over = self.run is not run
            if not is_over:
                self._stop = (call, then)
        if is_over:
            if call is not None:
                self._seat.answer(call, None, "stop")
            if then is not None:
                then()
            return
        run.stop(limit)
        self._seat.process.timers.after(min(limit / 2, _STOP_GRACE), lambda: self.run is run and run.interrupt())

    def _warn(self, type, message):
        self._seat.process.pipe.send(self._seat.number, {"warning": {"type": type, "message": message}})

    def _run_ended(self, run, error):
        with self._lock:
            self.run = None
            stop, self._stop = self._stop, None
        start = self._start_call
        if not start.is_answered:
            self._seat.answer_error(start, error or Exception("the stream ended before it started"))
        elif stop is None:
            ended = None if error is None else error_of(error, self._seat.device.context, grant=self._seat.device.grant)
            self._seat.process.pipe.send(self._seat.number, {"ended": ended})
        if stop is not None:
            call, then = stop
            if call is not None and error is not None:
                self._seat.answer_error(call, error)
            elif call is not None:
                self._seat.answer(call, None, "stop")
            if then is not None:
                then()
