"""A device and its driver: what each request does."""
import threading

from .described_sample import described_sample
from .driver_error import HostError
from .streams.samples import SampleWriter
from .transcript.gather import Transcript
from .transcript.taps import open_transcript


class Device:
    """One device of the process. Its functions run in the main thread, as the work of a job."""

    def __init__(self, seat: int, process):
        self._seat = seat
        self._process = process
        self._definition = None
        self._device = None
        self.id = None
        self.identity = {}
        self.writer = None
        self._transcript = None
        self.is_connected = False

    @property
    def context(self) -> dict:
        """Goes into its errors."""
        return {"device_id": self.id} if self.id else {}

    @property
    def grant(self):
        """The permissions that the driver asks for and does not get, and the line of the bench file that grants them."""
        return self.identity.get("grant")

    @property
    def is_open(self) -> bool:
        """True from the creation of the device until it is disconnected."""
        return self._device is not None

    @property
    def can_be_safe(self) -> bool:
        return self.is_open and bool(self._definition.is_safe(self._device))

    def attempt(self, op, input) -> str:
        """The beginning of an error's message."""
        if op in ("check_params", "check_options"):
            return input["attempt"]
        if op == "call":
            return f'Cannot call "{input["method"]}" on "{self.id}"'
        if op == "safe":
            return f'Cannot make "{self.id}" safe'
        if op in ("get", "set"):
            return f'Cannot {op} "{input["name"]}" of "{self.id}"'
        return f'Cannot {op} "{input.get("device_id", self.id)}"'

    def load(self, call, job, input):
        self._definition = self._process.load(job, input["file"], input.get("kept"))
        return self._definition.describe()

    def check_params(self, call, job, input):
        definition = self.loaded()
        params = definition.check_params(input["params"])
        return {"params": params, "permissions": definition.permissions(params), "bus": definition.bus(params)}

    def check_options(self, call, job, input):
        return self.loaded().check_options(input["options"])

    def create(self, call, job, input):
        definition = self.loaded()
        self.identity = input
        self.id = input["device_id"]
        if input.get("transcript"):
            pipe, timers = self._process.pipe, self._process.timers
            self._transcript = Transcript(lambda message: pipe.send(self._seat, message), timers.after)
            open_transcript(self._seat, self._transcript, self._process.seats)
        params = definition.check_params(input["params"])
        self._device = self._process.perform(job, definition.make, self.id, params)
        self._lock = _given_lock(self._device)
        arrays = input.get("arrays") or definition.arrays
        self.writer = SampleWriter(self._seat, self.id, input["epoch"], input["next_sequence"], arrays,
                                    definition.is_waveform, self._process.pipe)
        for found, meant in definition.misspelt(self._device):
            message = f"Its driver's device has {found}() (did you mean {meant}?), which the host does not call"
            self._process.pipe.send(self._seat, {"warning": {"type": "MisspeltFunction", "message": message}})
        return {"streams": definition.source(self._device) is not None, "safe": bool(definition.is_safe(self._device))}

    def connect(self, call, job, input):
        device = self.created()
        connect = getattr(device, "connect", None)
        if connect is not None:
            self._process.perform(job, connect)
        sample = described_sample(device, lambda function: self._process.perform(job, function))
        self.is_connected = True
        if self._transcript is not None:
            self._transcript.connected()
        return None if sample is None else {"sample": sample}

    def call(self, call, job, input):
        name = input["method"]
        definition = self.loaded()
        method = definition.methods.get(name)
        if method is None:
            known = ", ".join(definition.methods) or "none"
            raise HostError("MethodNotFound", f"{self.attempt('call', input)}: there is no such method; "
                                              f"known methods are {known}", {"method": name})
        arguments = method.arguments(input["args"], input["kwargs"])
        device = self.created()
        self._begun(call)
        return self._process.perform(job, self._locked, method.call, device, arguments)

    def get(self, call, job, input):
        get = self._property(input, "get").get
        device = self.created()
        self._begun(call)
        return self._process.perform(job, get, device)

    def set(self, call, job, input):
        found = self._property(input, "set")
        value = found.check(input["value"])
        device = self.created()
        self._begun(call)
        self._process.perform(job, found.set, device, value)
        return self._process.perform(job, found.get, device) if found.get is not None else value

    def _property(self, input, access):
        properties = self.loaded().properties
        found = properties.get(input["name"])
        if found is None or getattr(found, access) is None:
            known = ", ".join(name for name, it in properties.items() if getattr(it, access) is not None) or "none"
            raise HostError("PropertyNotFound", f"{self.attempt(access, input)}: there is no such property; "
                                                f"known properties are {known}")
        return found

    def _locked(self, function, *args):
        with self._lock:
            return function(*args)

    def _begun(self, call):
        self._process.pipe.send(self._seat, {"begun": call.id})

    def safe(self, call, job, input):
        device = self.created()
        safe = getattr(device, "safe", None)
        if safe is None:
            raise HostError("NoSafeState", f'Cannot make "{self.id}" safe: its driver has no safe function; '
                                           "nothing was done")
        self._process.perform(job, safe, *_reason_for(safe, input["reason"]))

    def disconnect(self, call, job, input):
        device, self._device = self._device, None
        self.is_connected = False
        disconnect = getattr(device, "disconnect", None)
        try:
            if disconnect is not None:
                self._process.perform(job, disconnect)
        finally:
            if self._transcript is not None:
                self._transcript.flush()

    def loaded(self):
        if self._definition is None:
            raise HostError("InternalError", "Cannot use a driver before it is loaded")
        return self._definition

    def created(self):
        if self._device is None:
            raise HostError("DeviceNotConnected",
                            f'Cannot use the instrument of "{self.id}": it is not open, or no longer')
        return self._device


def _given_lock(device):
    """The lock of a device, which its methods hold. Classes for LabDaemon take it as ``self._ld_lock`` in their threads."""
    lock = threading.RLock()
    try:
        # What a library does when an attribute is set is not wanted here.
        object.__setattr__(device, "_ld_lock", lock)
    except (AttributeError, TypeError):
        pass  # It has no room for it, so that it does not use it.
    return lock


def _reason_for(safe, reason):
    """The arguments of a driver's ``safe``, which may take the reason."""
    import inspect
    try:
        inspect.signature(safe).bind(reason)
    except (TypeError, ValueError):
        return ()
    return (reason,)
