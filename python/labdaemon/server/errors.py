"""The errors of the server as exceptions."""

from __future__ import annotations

from typing import Any, Dict, Optional


class ServerAPIError(Exception):
    """The server refused or failed a request. ``str(error)`` is the server's own message."""

    #: The HTTP status, or None where no answer came.
    status: Optional[int]
    #: The error's type on the wire, such as ``"DeviceNotFound"``; a driver's own error name where a driver failed.
    type: str
    #: Who failed: ``"framework"``, ``"device"`` (the driver), ``"callback"``, or ``"client"`` (this program's side).
    origin: str
    #: Facts for a program, such as ``device_id`` or the ``issues`` of an invalid request.
    context: Dict[str, Any]
    #: When it happened on the server: RFC 3339, UTC.
    timestamp: Optional[str]

    def __init__(
        self,
        message: str,
        *,
        status: Optional[int] = None,
        type: Optional[str] = None,
        origin: str = "client",
        context: Optional[Dict[str, Any]] = None,
        timestamp: Optional[str] = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.type = type if type is not None else self.__class__.__name__
        self.origin = origin
        self.context = {} if context is None else context
        self.timestamp = timestamp

    def report(self) -> Dict[str, Any]:
        """The error as a dict of the wire's shape: type, message, origin, timestamp, context."""
        return {
            "type": self.type,
            "message": str(self),
            "origin": self.origin,
            "timestamp": self.timestamp,
            "context": self.context,
        }


class ServerConnectionError(ServerAPIError):
    """No answer: nothing listens there, the connection broke, or the time limit passed.

    If the connection broke after the request was sent, the server may have executed the command. Check before you
    repeat it.
    """


class InvalidRequestError(ServerAPIError):
    """Wrong arguments: an unknown, missing or ill-typed key. ``context["issues"]`` lists each one."""


class ForbiddenOriginError(ServerAPIError):
    """The server does not serve this host name or origin: see ``allowed_hosts`` of its bench file."""


class UnauthorizedError(ServerAPIError):
    """A token is needed, and none that is in force was sent."""


class ForbiddenError(ServerAPIError):
    """The token is for another scope, or for other devices."""


class TooManyRequestsError(ServerAPIError):
    """The token sends too many requests; ``context["retry_after"]`` has the seconds to wait."""


class TokenExistsError(ServerAPIError):
    """A token with this name is there already."""


class TokenNotFoundError(ServerAPIError):
    """No token has this name."""


class DeviceNotFoundError(ServerAPIError):
    """No device has this id."""


class DeviceTypeNotFoundError(ServerAPIError):
    """No driver has this name."""


class MethodNotFoundError(ServerAPIError):
    """The device has no such method."""


class PropertyNotFoundError(ServerAPIError):
    """The device has no such property."""


class PropertyReadOnlyError(ServerAPIError):
    """The property can be read only."""


class DeviceExistsError(ServerAPIError):
    """A device with this id is there already."""


class DeviceInUseError(ServerAPIError):
    """Another one has leased the device; ``context`` has ``owner``, ``purpose`` and ``expires_at``."""


class LeaseEndedError(ServerAPIError):
    """The lease of this program has ended: it may not command the devices any more. Nothing was done."""


class LeaseRequiredError(ServerAPIError):
    """The device may be commanded under a lease only."""


class LeaseNotFoundError(ServerAPIError):
    """There is no such lease, or it has ended."""


class DeviceNotConnectedError(ServerAPIError):
    """The device is not connected."""


class DeviceDisabledError(ServerAPIError):
    """The device is disabled until it is enabled again."""


class CommandExpiredError(ServerAPIError):
    """The command has waited longer than it is valid. Nothing was done."""


class CallCancelledError(ServerAPIError):
    """The call was cancelled, by this program or another, or because the instrument was made safe."""


class CallNotFoundError(ServerAPIError):
    """There is no such call, or it ended a while ago."""


class OptionsInUseError(ServerAPIError):
    """The device streams with other options, which ``context["options"]`` holds."""


class NotStreamableError(ServerAPIError):
    """The device does not stream."""


class DeviceError(ServerAPIError):
    """The driver failed; ``type`` is the driver's own error name."""


class DeviceFaultedError(ServerAPIError):
    """The driver crashed too often and was given up."""


class DeviceTimeoutError(ServerAPIError):
    """The device did not finish within the server's time limit."""


class InternalError(ServerAPIError):
    """A defect of the server."""
