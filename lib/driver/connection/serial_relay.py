"""Opens serial ports for a driver's process, which may not open anything under /dev itself.

Its one argument is a JSON list of the ports that may be opened, or `true` for all. It reads frames from stdin and
writes frames to stdout: one byte with the number of a port, one with the kind, four with the length (big-endian), and
the content. It ends with its stdin. Standard library only, Python 3.7 or later.

To it: O open (JSON: path, baud, bits, parity, stop, flow), D data, L lines (JSON: rts, dtr, brk), M modem lines,
C close. From it: A answers O, D, L and M, in their order (JSON, with "error" after a failure); D data; E the port is
lost (text).
"""

import errno
import fcntl
import json
import os
import select
import stat
import struct
import sys
import termios
import time

HEADER = struct.Struct(">BBI")
CHUNK = 65536
BITS = {5: termios.CS5, 6: termios.CS6, 7: termios.CS7, 8: termios.CS8}
LINES = {"rts": termios.TIOCM_RTS, "dtr": termios.TIOCM_DTR}
MODEM = {"cts": termios.TIOCM_CTS, "dsr": termios.TIOCM_DSR, "cd": termios.TIOCM_CD, "ri": termios.TIOCM_RI}
# The device numbers of pseudo-terminals on Linux.
PTY_MAJORS = range(136, 144)
# Output that is still in the port's buffer before a line is switched is waited for this long, in seconds.
DRAIN_S = 2.0
POLL_S = 0.002

allowed = json.loads(sys.argv[1])
ports = {}
out = bytearray()


def send(number, kind, content=b""):
    out.extend(HEADER.pack(number, ord(kind), len(content)))
    out.extend(content)


def answer(number, result):
    send(number, "A", json.dumps(result).encode())


def words(error):
    return error.strerror if isinstance(error, OSError) and error.strerror else str(error)


class Port:
    def __init__(self, number, options):
        self.number = number
        self.queue = []
        self.drain_until = None
        path = options["path"]
        if allowed is not True and path not in allowed:
            raise PermissionError(errno.EACCES, "it is not granted")
        self.fd = os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        try:
            if not stat.S_ISCHR(os.fstat(self.fd).st_mode) or not os.isatty(self.fd):
                raise OSError(errno.ENOTTY, "it is no serial port")
            try:
                fcntl.flock(self.fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
                fcntl.ioctl(self.fd, termios.TIOCEXCL)
            except BlockingIOError:
                raise OSError(errno.EBUSY, "another program uses it")
            self.configure(options)
            self.set_lines({name: options[name] for name in LINES if options.get(name) is not None})
        except BaseException:
            os.close(self.fd)
            raise

    def configure(self, options):
        speed = getattr(termios, "B%d" % options["baud"], None)
        if speed is None:
            raise ValueError("%d baud is no rate that this system has" % options["baud"])
        iflag, oflag, lflag = 0, 0, 0
        cflag = termios.CREAD | termios.CLOCAL | BITS[options["bits"]]
        if options["parity"] != "none":
            cflag |= termios.PARENB
            iflag |= termios.INPCK
        if options["parity"] == "odd":
            cflag |= termios.PARODD
        if options["stop"] == 2:
            cflag |= termios.CSTOPB
        if options["flow"] == "hardware":
            cflag |= termios.CRTSCTS
        if options["flow"] == "software":
            iflag |= termios.IXON | termios.IXOFF
        control = termios.tcgetattr(self.fd)[6]
        control[termios.VMIN], control[termios.VTIME] = 1, 0
        try:
            termios.tcsetattr(self.fd, termios.TCSANOW, [iflag, oflag, cflag, lflag, speed, speed, control])
        except termios.error:
            # A pseudo-terminal (socat) takes the rest and has neither parity nor 7 bits. The C library says so, but not
            # always: not where the rest has changed by the same call.
            if os.major(os.fstat(self.fd).st_rdev) not in PTY_MAJORS:
                raise
        # What waited before the port was opened is old.
        termios.tcflush(self.fd, termios.TCIOFLUSH)

    def set_lines(self, lines):
        for name, on in lines.items():
            if name == "brk":
                fcntl.ioctl(self.fd, termios.TIOCSBRK if on else termios.TIOCCBRK)
            else:
                bit = struct.pack("I", LINES[name])
                fcntl.ioctl(self.fd, termios.TIOCMBIS if on else termios.TIOCMBIC, bit)

    def modem_lines(self):
        bits = struct.unpack("I", fcntl.ioctl(self.fd, termios.TIOCMGET, struct.pack("I", 0)))[0]
        return {name: bool(bits & bit) for name, bit in MODEM.items()}

    def unsent(self):
        return struct.unpack("I", fcntl.ioctl(self.fd, termios.TIOCOUTQ, struct.pack("I", 0)))[0]

    @property
    def writes(self):
        return bool(self.queue) and self.queue[0][0] == "D"

    def work(self):
        """Does what is due, in order. Returns the time after which it is called again, in seconds, or None."""
        while self.queue:
            kind, content = self.queue[0]
            if kind == "D":
                while content:
                    try:
                        del content[: os.write(self.fd, content)]
                    except BlockingIOError:
                        return None
                answer(self.number, {})
            else:
                now = time.monotonic()
                self.drain_until = self.drain_until or now + DRAIN_S
                if self.unsent() > 0 and now < self.drain_until:
                    return POLL_S
                self.drain_until = None
                try:
                    if kind == "L":
                        self.set_lines(json.loads(bytes(content).decode()))
                    answer(self.number, self.modem_lines() if kind == "M" else {})
                except OSError as error:
                    answer(self.number, {"error": words(error)})
            self.queue.pop(0)
        return None

    def read(self):
        data = os.read(self.fd, CHUNK)
        if not data:
            raise OSError(errno.ENODEV, "it was unplugged")
        send(self.number, "D", data)

    def close(self):
        try:
            # Output that cannot be sent would make the close wait.
            termios.tcflush(self.fd, termios.TCOFLUSH)
        except (OSError, termios.error):
            pass
        os.close(self.fd)


def lose(number, error):
    port = ports.pop(number, None)
    if port is None:
        return
    reason = "it was unplugged" if getattr(error, "errno", None) in (errno.EIO, errno.ENODEV, errno.ENXIO) else words(error)
    send(number, "E", reason.encode())
    try:
        port.close()
    except OSError:
        pass


def take(number, kind, content):
    if kind == "O":
        try:
            ports[number] = Port(number, json.loads(bytes(content).decode()))
            answer(number, {})
        except (OSError, ValueError, KeyError, termios.error) as error:
            code = errno.errorcode.get(getattr(error, "errno", None) or 0)
            answer(number, {"error": words(error) if isinstance(error, OSError) else str(error.args[-1]), "code": code})
    elif number in ports:
        if kind == "C":
            ports.pop(number).close()
        else:
            ports[number].queue.append((kind, bytearray(content)))


def main():
    stdin, stdout = 0, 1
    os.set_blocking(stdin, False)
    os.set_blocking(stdout, False)
    received = bytearray()
    while True:
        delays = []
        for number, port in list(ports.items()):
            try:
                delay = port.work()
                if delay is not None:
                    delays.append(delay)
            except (OSError, termios.error) as error:
                lose(number, error)
        # While the driver does not read, its ports are not read either.
        readable = {port.fd: number for number, port in ports.items()} if len(out) < CHUNK else {}
        writable = {port.fd: number for number, port in ports.items() if port.writes}
        ready, writes, _ = select.select(
            [stdin, *readable], [*writable, *([stdout] if out else [])], [], min(delays) if delays else None
        )
        for fd in ready:
            if fd == stdin:
                data = os.read(stdin, CHUNK)
                if not data:
                    return
                received.extend(data)
                continue
            try:
                ports[readable[fd]].read()
            except BlockingIOError:
                pass
            except OSError as error:
                lose(readable[fd], error)
        if stdout in writes:
            del out[: os.write(stdout, out)]
        while len(received) >= HEADER.size:
            number, kind, length = HEADER.unpack_from(received)
            end = HEADER.size + length
            if len(received) < end:
                break
            take(number, chr(kind), received[HEADER.size : end])
            del received[:end]


try:
    main()
except (BrokenPipeError, KeyboardInterrupt):
    pass
