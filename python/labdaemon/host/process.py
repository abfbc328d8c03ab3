"""The process that runs drivers: its pipes, its threads, its devices, and its end."""
import os
import sys
import threading
import time

from .console import take_logging
from .driver_error import error_of
from .event_loop import EventLoop, is_awaitable
from .load_driver import load_driver
from .main_thread import MainThread
from .pipe import PacketReader, PacketWriter
from .process_watch import ProcessWatch
from .seat import Seat
from .timers import Timers

PROTOCOL_VERSION = 1
DRIVER_API_VERSION = 2

#: When the daemon is gone: the time to make an instrument safe, where that was asked for, and then the one to close it, in
#: seconds.
_SAFE = 5.0
_CLOSE = 2.0

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
        #: The seats by their numbers.
        self.seats = {}
        self._drivers = {}
        #: The descriptor of the system's figures of this process, where there is one.
        self._statm = statm
        version = ".".join(map(str, sys.version_info[:3]))
        self.pipe.send(0, {"hello": {"protocol": PROTOCOL_VERSION, "driver_api": DRIVER_API_VERSION,
                                     "language": "Python", "language_version": version, "sandbox": sandbox}})

    def run(self) -> None:
        """Serves the daemon for ever."""
        ProcessWatch(self, self._stdin).begin()
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
        found = self.seats.get(seat)
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
            if seat in self.seats:
                self.seats[seat].cancel(message["cancel"])
        elif "fence" in message:
            self._seat(seat).set_fence(message["fence"], message["leased"])
        elif "release" in message:
            found = self.seats.pop(seat, None)
            if found is not None:
                found.shut_down(_SAFE, _CLOSE)

    def _seat(self, number):
        found = self.seats.get(number)
        if found is None:
            found = self.seats[number] = Seat(number, self)
        return found

    def _usage(self):
        pages = int(os.pread(self._statm, 200, 0).split()[1]) if self._statm is not None else 0
        return {"memory": pages * os.sysconf("SC_PAGE_SIZE"), "cpu": time.process_time(), "at": time.monotonic()}

    def _wake(self):
        try:
            os.write(self._wake_write, b"\0")
        except BlockingIOError:
            pass  # The pipe is full: the reader wakes.

    # The end

    def _begin_end(self):
        """The daemon has closed stdin, or has died: closes the instruments, then ends."""
        limit = _SAFE + _CLOSE
        threading.Timer(limit, os._exit, (0,)).start()
        closed = [seat.shut_down(_SAFE, _CLOSE * 0.9) for seat in self.seats.values()]

        def end():
            for it in closed:
                it.wait(limit)
            _run_exit_functions()
            os._exit(0)

        threading.Thread(target=end, name="labdaemon-exit", daemon=True).start()


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

