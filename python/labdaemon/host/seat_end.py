"""The end of a device's work: making it safe, and closing it."""
import threading

from .calls import Call
from .driver_error import HostError
from .main_thread import Job

#: The time for which a disconnect, and making safe, wait for other work of the device to end, in seconds.
_WORK_END = {"disconnect": 1.0, "safe": 0.5}


class SeatEnd:
    """Requests that come before all others of a seat."""

    def __init__(self, seat):
        self._seat = seat

    def begin(self, call, op, input):
        """Makes the device safe, or closes it: ends other work, then runs; beside work that does not end."""
        seat, device, process = self._seat, self._seat.device, self._seat.process
        limit = input["limit"] / 1000
        attempt = device.attempt(op, input)
        if op == "safe":
            reason = HostError("CallCancelled", f'"{device.id}" is being made safe: {input["reason"]}')
        else:
            reason = HostError("DeviceNotConnected", f'"{device.id}" is being disconnected')
        for other in seat.open_calls:
            if other is not call and other.job is not None:
                other.cancel()
                if other.is_begun:
                    other.reason = reason
                    process.main.interrupt(other.job)
                else:
                    seat.drop(other, reason)
        work = getattr(device, op)
        timers = process.timers

        def perform(job):
            if call.is_begun:
                return
            call.is_begun = True
            seat.perform(call, attempt, lambda: work(call, job, input), op)

        def beside():
            if not call.is_begun:
                call.job.is_dropped = True
                threading.Thread(target=perform, args=(None,), name="labdaemon-end", daemon=True).start()

        def late():
            message = f'{attempt}: it still runs {input["limit"]:g} ms after its request'
            seat.answer_error(call, HostError("DeviceTimeout", message), attempt)

        def begin():
            call.job = Job(perform, seat.number)
            process.main.submit(call.job, urgent=True)
            timers.after(min(limit / 2, _WORK_END[op]), beside)

        timers.after(limit, late)
        run = seat.runs.run
        if op == "disconnect" and run is not None:
            seat.runs.stop_run(run, limit, then=begin)
        else:
            begin()

    def shut_down(self, safe: float, close: float) -> threading.Event:
        """The daemon is gone, or needs the seat no longer. Sets the returned event when the instrument is closed.

        ``safe`` and ``close`` are the times for both, in seconds.
        """
        done = threading.Event()
        device = self._seat.device
        if not device.is_open:
            done.set()
            return done

        def disconnect():
            call = Call(-1)
            call.on_answer = done.set
            self.begin(call, "disconnect", {"limit": close * 1000})

        is_asked = device.identity.get("safe_on_shutdown") or self._seat.is_leased
        if is_asked and device.is_connected and device.can_be_safe:
            call = Call(-1)
            call.on_answer = disconnect
            self.begin(call, "safe", {"reason": "the daemon has ended", "limit": safe * 1000})
        else:
            disconnect()
        return done
