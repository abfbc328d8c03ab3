"""TCP sockets of Python, also those of ``asyncio`` and, with what they carry in clear, of ``ssl``."""
import errno
import socket

from ..changed_modules import change_modules
from .taps import as_bytes, opening, sending, tap

_UNDER_WAY = (errno.EINPROGRESS, errno.EWOULDBLOCK)


def tap_sockets() -> None:
    """To be called once."""
    tap(socket.socket, "connect", _of_tcp(_connect))
    tap(socket.socket, "connect_ex", _of_tcp(_connect_ex))
    _tap_data(socket.socket, _of_tcp)
    # The module is large, and few drivers use it.
    change_modules({"ssl": lambda module: _tap_tls(module.SSLSocket)})


def _tap_tls(cls):
    tap(cls, "connect", opening)
    tap(cls, "write", _send)
    _tap_data(cls, lambda report: report)
    tap(cls, "read", _read)


def _tap_data(cls, only):
    for name, report in (("send", _send), ("sendall", sending), ("sendmsg", _sendmsg),
                         ("recv", _recv), ("recv_into", _recv_into)):
        tap(cls, name, only(report))


def _of_tcp(report):
    """Reports TCP only: pairs of sockets within the process, and datagrams, are no connections to an instrument."""
    def of_tcp(transcript, call, self, *args, **kwargs):
        if self.family not in (socket.AF_INET, socket.AF_INET6) or self.type != socket.SOCK_STREAM:
            return call()
        return report(transcript, call, self, *args, **kwargs)

    return of_tcp


def _connect(transcript, call, *_):
    try:
        call()
    except BlockingIOError:
        transcript.take("opened")
        raise
    transcript.take("opened")


def _connect_ex(transcript, call, *_):
    code = call()
    if code == 0 or code in _UNDER_WAY:
        transcript.take("opened")
    return code


def _send(transcript, call, self, data, *_):
    return _sent(transcript, call, as_bytes(data))


def _sendmsg(transcript, call, self, buffers, *_):
    buffers = list(buffers)
    # The partial call would find an iterator that is used up.
    return _sent(transcript, lambda: call.func(self, buffers, *call.args[2:]), b"".join(as_bytes(it) for it in buffers))


def _sent(transcript, call, data):
    entry = transcript.take("sent", data)
    count = 0
    try:
        count = call()
    finally:
        if count < len(data):
            transcript.sent_only(entry, count)
    return count


def _recv(transcript, call, self, size=0, flags=0):
    data = call()
    if data and not flags & socket.MSG_PEEK:
        transcript.take("received", data)
    return data


def _recv_into(transcript, call, self, buffer, nbytes=0, flags=0):
    count = call()
    if count and not flags & socket.MSG_PEEK:
        transcript.take("received", memoryview(buffer).cast("B")[:count])
    return count


def _read(transcript, call, self, len=1024, buffer=None):
    found = call()
    if found:
        transcript.take("received", found if buffer is None else memoryview(buffer).cast("B")[:found])
    return found
