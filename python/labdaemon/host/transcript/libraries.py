"""Serial ports of pyserial, and sessions of PyVISA, whatever they go over."""
from ..changed_modules import change_modules
from .taps import opening, sending, tap


def tap_libraries() -> None:
    """To be called once. The libraries may be absent, or imported later."""
    change_modules({"serial": _tap_serial, "pyvisa.resources.resource": _tap_visa})


def _tap_serial(module):
    cls = getattr(module, "Serial", None)
    if cls is not None and hasattr(module, "PARITY_NONE"):  # Not a module of the driver's folder with the same name.
        tap(cls, "open", opening)
        tap(cls, "write", sending)
        tap(cls, "read", _read)


def _tap_visa(module):
    def open(transcript, call, self, *_, **__):
        result = opening(transcript, call)
        # Each backend has a class of its own.
        library = type(self.visalib)
        tap(library, "write", _write_visa)
        tap(library, "read", _read_visa)
        return result

    tap(module.Resource, "open", open)


def _read(transcript, call, *_, **__):
    data = call()
    if data:
        transcript.take("received", data)
    return data


def _write_visa(transcript, call, self, session, data):
    transcript.take("sent", data)
    return call()


def _read_visa(transcript, call, self, session, count):
    data, status = call()
    transcript.take("received", data)
    return data, status
