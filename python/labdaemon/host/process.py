"""The process that runs drivers: its pipes, its threads, its devices, and its end."""
import os
import sys
import threading
import time

from .console import run_as, take_logging, write_exit
from .driver_error import error_of, place_of_caller
from .event_loop import EventLoop, is_awaitable
from .load_driver import load_driver
from .main_thread import MainThread
from .pipe import PacketReader, PacketWriter
from .seat import Seat
from .timers import Timers

PROTOCOL_VERSION = 1
DRIVER_API_VERSION = 1

#: The time to make instruments safe and to close them, when the daemon is gone, in seconds.
_SHUTDOWN = 2.0

#: The time in which the daemon reads the last packets, in seconds.
_DRAIN = 1.0


class Process:
    """One process, with a seat for each of its devices."""

    def __init__(self, stdin: int, packets: int, statm, sandbox: str):
        self.pipe = PacketWriter(packets)
        self.main = MainThread()
        self.loop = EventLoop()
        self._stdin = stdin
        self._wake_read, self._wake_write = os.pipe()
        os.set_blocking(self._wake_write, False)
        self.timers = Timers(self._wake)
        self._seats = {}
        self._drivers = {}
        #: The descriptor of the system's figures of this process, where there is one.
        self._statm = statm
        version = ".".join(map(str, sys.version_info[:3]))
        self.pipe.send(0, {"hello": {"protocol": PROTOCOL_VERSION, "driver_api": DRIVER_API_VERSION,
                                     "language": "Python", "language_version": version, "sandbox": sandbox}})

    def run(self) -> None:
        """Serves the daemon for ever."""
        self._watch_ends()
        threading.Thread(target=self._read, name="labdaemon-reader", daemon=True).start()
        self.main.run()

    def load(self, job, file, kept):
        """Loads a driver, once for each file."""
        if file not in self._drivers:
            try:
                self._drivers[file] = self.main.run_driver(job, load_driver, file, kept)
            finally:
                take_logging()
        return self._drivers[file]

    def perform(self, job, function, *args):
        """Calls code of a driver: in the main thread as the work of a job, or beside it without one."""
        result = function(*args) if job is None else self.main.run_driver(job, function, *args)
        return self.result_of(job, result)

    def result_of(self, job, result):
        """The result of a call, which may be a coroutine: it runs in the loop, and its end is awaited."""
        if not is_awaitable(result):
            return result
        future = self.loop.start(result)
        if job is not None:
            job.interrupts = future.cancel
            if job.is_interrupted:
                future.cancel()
        try:
            return future.result()
        finally:
            if job is not None:
                job.interrupts = None

    def crash(self, seat: int, thrown: BaseException) -> None:
        """The driver ends the process: says so, and ends it."""
        error = error_of(thrown, self._context(seat))
        if isinstance(thrown, SystemExit):
            code = "" if thrown.code is None else repr(thrown.code)
            error["message"] = f"its driver called sys.exit({code}) ({error['context'].get('at', 'its own code')})"
        self._crash(seat, error)

    def _crash(self, seat, error):
        self.pipe.send(seat, {"crashed": error})
        self.pipe.wait_for_room(_DRAIN)
        os._exit(1)

    def _context(self, seat):
        found = self._seats.get(seat)
        return found.device.context if found else {}

    # The reader's thread

    def _read(self):
        try:
            self._serve()
        except BaseException as thrown:  # A defect of this program must not leave a process without a reader.
            self._crash(0, error_of(thrown))

    def _serve(self):
        reader = PacketReader(self._stdin, self._wake_read)
        timers = self.timers
        timers.own()
        while True:
            packets = reader.read(timers.wait())
            if packets is None:
                self._begin_end()
                reader = _Nothing()
            for seat, message in packets or ():
                self._receive(seat, message)
            timers.run_due()

    def _receive(self, seat, message):
        if "op" in message:
            if message["op"] == "ping":
                self.pipe.send(seat, {"id": message["id"], "result": self._usage()})
            else:
                self._seat(seat).handle(message["id"], message["op"], message["input"])
        elif "cancel" in message:
            if seat in self._seats:
                self._seats[seat].cancel(message["cancel"])
        elif "release" in message:
            found = self._seats.pop(seat, None)
            if found is not None:
                found.shut_down(_SHUTDOWN)

    def _seat(self, number):
        found = self._seats.get(number)
        if found is None:
            found = self._seats[number] = Seat(number, self)
        return found

    def _usage(self):
        pages = int(os.pread(self._statm, 200, 0).split()[1]) if self._statm is not None else 0
        return {"memory": pages * os.sysconf("SC_PAGE_SIZE"), "cpu": time.process_time(), "at": time.monotonic()}

    def _wake(self):
        try:
            os.write(self._wake_write, b"\0")
        except BlockingIOError:
            pass  # It is awake.

    # The end

    def _begin_end(self):
        """The daemon has closed stdin, or has died: closes the instruments, then ends."""
        threading.Timer(_SHUTDOWN, os._exit, (0,)).start()
        closed = [seat.shut_down(_SHUTDOWN * 0.9) for seat in self._seats.values()]

        def end():
            for it in closed:
                it.wait(_SHUTDOWN)
            _run_exit_functions()
            os._exit(0)

        threading.Thread(target=end, name="labdaemon-exit", daemon=True).start()

    def _watch_ends(self):
        """Reports the ways in which a driver ends the process, copies it, or loses a thread."""
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
            from .console import current_seat
            thread.labdaemon_seat = current_seat()
            start(thread)

        threading.Thread.start = start_for_seat

    def _before_fork(self):
        place = place_of_caller()
        if place:
            message = (f"Its driver forks ({place}): the copy has none of the threads, and cannot reach the daemon. "
                       "Use subprocess, or multiprocessing with the method spawn")
            seats = list(self._seats)
            self.pipe.send(seats[0] if len(seats) == 1 else 0, {"warning": {"type": "DriverForks", "message": message}})

    def _after_fork(self):
        self.pipe.close()
        os.close(self._stdin)
        # The copy's main thread must not answer requests.
        self.main.close()

    def _thread_failed(self, args):
        if args.exc_value is None or issubclass(args.exc_type, SystemExit):
            return
        number = getattr(args.thread, "labdaemon_seat", 0)
        seats = [self._seats[number]] if number in self._seats else list(self._seats.values())
        for seat in seats:
            run = seat.runs.run
            if run is not None and run.is_pushing:
                return run.fail(args.exc_value)
        seat = seats[0] if len(seats) == 1 else None
        error = error_of(args.exc_value, seat.device.context if seat else {})
        error["message"] = f"a thread of the driver has ended: {error['message']}"
        if seat is not None and seat.device.is_open:
            self.pipe.send(seat.number, {"problem": error})
        else:
            from .console import write_line
            run_as(number)
            write_line("e", error["message"])
        return None


class _Nothing:
    """Stands for stdin after its end."""

    def read(self, seconds):
        time.sleep(min(0.05, 0.05 if seconds is None else seconds))
        return []


def _run_exit_functions():
    import atexit
    try:
        atexit._run_exitfuncs()
    except BaseException:
        pass  # What a library does at its exit is its own affair.

