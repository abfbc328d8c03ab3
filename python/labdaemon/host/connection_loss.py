"""Recognizes the errors by which a driver's code learns that the connection to its instrument is lost."""
import errno

#: A refused connection never was one.
_LOST = (BrokenPipeError, ConnectionAbortedError, ConnectionResetError)

#: What the system says of a device that was unplugged, and of a socket whose peer is gone.
_NUMBERS = frozenset((errno.ENODEV, errno.ENXIO, errno.ENOTCONN, errno.ESHUTDOWN))

#: VI_ERROR_CONN_LOST of VISA, in ``error_code`` of PyVISA's errors.
_VISA_LOST = -1073807194

_MAX_CAUSES = 5


def is_loss(error: BaseException) -> bool:
    """True if the error, or one of its causes, is the loss of an open connection."""
    found = error
    for _ in range(_MAX_CAUSES):
        if isinstance(found, _LOST) or (isinstance(found, OSError) and found.errno in _NUMBERS):
            return True
        if getattr(found, "error_code", None) == _VISA_LOST:
            return True
        cause = found.__cause__ or (None if found.__suppress_context__ else found.__context__)
        if cause is None:
            return False
        found = cause
    return False
