"""Talk to a LabDaemon server: :class:`ServerAPI` controls devices, :class:`SSEClient` watches them.

    from labdaemon.server import ServerAPI, SSEClient

    with ServerAPI("http://127.0.0.1:5000") as api:
        api.connect_device("daq1")

    client = SSEClient("http://127.0.0.1:5000", on_event=print)
    client.start_device_stream("daq1")
"""

from .api import ServerAPI
from .arrays import decode_arrays
from .errors import (
    CallCancelledError,
    CallNotFoundError,
    CommandExpiredError,
    DeviceError,
    DeviceExistsError,
    DeviceFaultedError,
    DeviceInUseError,
    DeviceDisabledError,
    DeviceNotConnectedError,
    DeviceNotFoundError,
    DeviceTimeoutError,
    DeviceTypeNotFoundError,
    ForbiddenError,
    ForbiddenOriginError,
    InternalError,
    InvalidRequestError,
    LeaseEndedError,
    LeaseNotFoundError,
    LeaseRequiredError,
    MethodNotFoundError,
    NotStreamableError,
    OptionsInUseError,
    PropertyNotFoundError,
    PropertyReadOnlyError,
    ServerAPIError,
    ServerConnectionError,
    TokenExistsError,
    TokenNotFoundError,
    TooManyRequestsError,
    UnauthorizedError,
)
from .sse_client import SSEClient

__all__ = [
    "CallCancelledError",
    "CallNotFoundError",
    "CommandExpiredError",
    "DeviceError",
    "DeviceExistsError",
    "DeviceFaultedError",
    "DeviceInUseError",
    "DeviceDisabledError",
    "DeviceNotConnectedError",
    "DeviceNotFoundError",
    "DeviceTimeoutError",
    "DeviceTypeNotFoundError",
    "ForbiddenError",
    "ForbiddenOriginError",
    "InternalError",
    "InvalidRequestError",
    "LeaseEndedError",
    "LeaseNotFoundError",
    "LeaseRequiredError",
    "MethodNotFoundError",
    "NotStreamableError",
    "OptionsInUseError",
    "PropertyNotFoundError",
    "PropertyReadOnlyError",
    "SSEClient",
    "ServerAPI",
    "ServerAPIError",
    "ServerConnectionError",
    "TokenExistsError",
    "TokenNotFoundError",
    "TooManyRequestsError",
    "UnauthorizedError",
    "decode_arrays",
]
