"""Reports the ways in which a driver ends its process, copies it, or loses a thread."""
import os
import threading

from .console import current_seat, run_as, write_exit, write_line
from .driver_error import error_of, place_of_caller


class ProcessWatch:
    """Watches one process, from ``begin`` on."""

    def __init__(self, process, stdin: int):
        self._process = process
        self._stdin = stdin

    def begin(self) -> None:
        """Replaces what a driver calls to exit or fork, and what handles errors of threads."""
        leave = os._exit

        def exit_now(status):
            place = place_of_caller()
            if place:
                write_exit(f"its driver called os._exit({status}) ({place})")
            leave(status)

        os._exit = exit_now
        os.register_at_fork(before=self._before_fork, after_in_child=self._after_fork)
        threading.excepthook = self._thread_failed
        start = threading.Thread.start

        def start_for_seat(thread):
            # The lines and the failures of a thread are those of the device whose code has started it.
            thread.labdaemon_seat = current_seat()
            start(thread)

        threading.Thread.start = start_for_seat

    def _before_fork(self):
        place = place_of_caller()
        if place:
            message = (f"Its driver forks ({place}): the copy has none of the threads, and cannot reach the daemon. "
                       "Use subprocess, or multiprocessing with the method spawn")
            seats = list(self._process.seats)
            warning = {"warning": {"type": "DriverForks", "message": message}}
            self._process.pipe.send(seats[0] if len(seats) == 1 else 0, warning)

    def _after_fork(self):
        self._process.pipe.close()
        os.close(self._stdin)
        # The copy's main thread must not answer requests.
        self._process.main.close()

    def _thread_failed(self, args):
        if args.exc_value is None or issubclass(args.exc_type, SystemExit):
            return
        number = getattr(args.thread, "labdaemon_seat", 0)
        known = self._process.seats
        seats = [known[number]] if number in known else list(known.values())
        for seat in seats:
            run = seat.runs.run
            if run is not None and run.is_pushing:
                return run.fail(args.exc_value)
        seat = seats[0] if len(seats) == 1 else None
        error = error_of(args.exc_value, seat.device.context if seat else {})
        error["message"] = f"a thread of the driver has ended: {error['message']}"
        if seat is not None and seat.device.is_open:
            self._process.pipe.send(seat.number, {"problem": error})
            seat.report_loss(args.exc_value)
        else:
            run_as(number)
            write_line("e", error["message"])
        return None
