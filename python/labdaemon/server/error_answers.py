"""The exceptions for answers of the server that are not a success."""

from __future__ import annotations

import json
from typing import Any, Dict, Optional, Type

from .errors import (
    CallCancelledError,
    CallNotFoundError,
    CommandExpiredError,
    DeviceDisabledError,
    DeviceError,
    DeviceExistsError,
    DeviceFaultedError,
    DeviceInUseError,
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
    TokenExistsError,
    TokenNotFoundError,
    TooManyRequestsError,
    UnauthorizedError,
)

_CLASS_OF_TYPE: Dict[str, Type[ServerAPIError]] = {
    "InvalidRequest": InvalidRequestError,
    "ForbiddenOrigin": ForbiddenOriginError,
    "Unauthorized": UnauthorizedError,
    "Forbidden": ForbiddenError,
    "TooManyRequests": TooManyRequestsError,
    "TokenExists": TokenExistsError,
    "TokenNotFound": TokenNotFoundError,
    "DeviceNotFound": DeviceNotFoundError,
    "DeviceTypeNotFound": DeviceTypeNotFoundError,
    "MethodNotFound": MethodNotFoundError,
    "PropertyNotFound": PropertyNotFoundError,
    "PropertyReadOnly": PropertyReadOnlyError,
    "DeviceExists": DeviceExistsError,
    "DeviceInUse": DeviceInUseError,
    "LeaseEnded": LeaseEndedError,
    "LeaseNotFound": LeaseNotFoundError,
    "LeaseRequired": LeaseRequiredError,
    "DeviceNotConnected": DeviceNotConnectedError,
    "DeviceDisabled": DeviceDisabledError,
    "CommandExpired": CommandExpiredError,
    "CallCancelled": CallCancelledError,
    "CallNotFound": CallNotFoundError,
    "NotStreamable": NotStreamableError,
    "OptionsInUse": OptionsInUseError,
    "DeviceError": DeviceError,
    "DeviceFaulted": DeviceFaultedError,
    "DeviceTimeout": DeviceTimeoutError,
    "InternalError": InternalError,
}


def unexpected_answer(attempted: str, status: int, server: Optional[str], body: bytes) -> ServerAPIError:
    """The exception for an answer that a LabDaemon does not give: another server has the address.

    ``server`` is the answer's Server header. macOS, for example, has AirPlay on port 5000.
    """
    name = f"server {server}, " if server else ""
    text = body[:200].decode("utf-8", "replace")
    found = f"{name}status {status} {text!r}"
    return ServerAPIError(
        f"{attempted}: the answer is not a LabDaemon's, found {found}",
        status=status,
        type="UnexpectedAnswer",
        context={"found": found},
    )


def error_from_answer(attempted: str, status: int, server: Optional[str], body: bytes) -> ServerAPIError:
    """The exception for an answer that is not a success.

    ``attempted`` ("Cannot GET http://…") starts the message where the body has none, as behind a proxy.
    """
    report = _report_in(body)
    if report is None:
        return unexpected_answer(attempted, status, server, body)

    return error_from_report(report, f"{attempted}: the server answered with status {status}", status)


def error_from_report(
    report: Dict[str, Any], message: str = "the call failed", status: Optional[int] = None
) -> ServerAPIError:
    """The exception for an error as the server reports it. ``message`` stands for one that it lacks."""
    kind = str(report.get("type") or "ServerAPIError")
    origin = str(report.get("origin") or "framework")
    # A driver's error travels under the driver's own name, which no table can know.
    unlisted = DeviceError if origin == "device" else ServerAPIError
    context = report.get("context")
    timestamp = report.get("timestamp")
    return _CLASS_OF_TYPE.get(kind, unlisted)(
        str(report.get("message") or message),
        status=status,
        type=kind,
        origin=origin,
        context=context if isinstance(context, dict) else None,
        timestamp=timestamp if isinstance(timestamp, str) else None,
    )


def _report_in(body: bytes) -> Optional[Dict[str, Any]]:
    try:
        answer = json.loads(body)
    except ValueError:
        return None
    report = answer.get("error") if isinstance(answer, dict) else None
    return report if isinstance(report, dict) else None
