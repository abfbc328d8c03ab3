"""The exceptions of drivers as errors that travel: the name, the message, and the place in the driver's own files."""
import datetime
import json
import os
import sys

from ..driver.errors import Cancelled, DriverLoadError, InvalidInput, NotSerializable
from .permission_denied import denial_of

_MAX_MESSAGE_CHARS = 4_000
_MAX_TYPE_CHARS = 100
_MAX_CONTEXT_CHARS = 32_000
_MAX_ISSUES = 20
_MAX_CAUSES = 5

#: Errors of the language. Their messages seldom name a subject, so the place in the driver's file is added.
_LANGUAGE_ERRORS = (ArithmeticError, AssertionError, AttributeError, ImportError, LookupError, NameError,
                    NotImplementedError, RecursionError, SyntaxError, TypeError, ValueError, NotSerializable)

#: Folders whose files are a driver's own, and their names in places. Set when a driver is loaded.
_folders = []


class HostError(Exception):
    """An error of the host itself: the code says what kind."""

    def __init__(self, code, message, context=None, type=None):
        super().__init__(message)
        self.code = code
        self.context = context or {}
        self.type = type


def own_files_in(folder: str) -> None:
    """Adds a folder of drivers: errors name places in its files."""
    if folder not in _folders:
        _folders.append(folder)


def wire_error(code, message, context=None, type=None) -> dict:
    """An error as it travels."""
    now = datetime.datetime.now(datetime.timezone.utc)
    return {
        "code": code,
        "type": _cut(type or ("DeviceError" if code == "DriverError" else code), _MAX_TYPE_CHARS),
        "message": _cut(message, _MAX_MESSAGE_CHARS) or "the driver raised an error without a message",
        "origin": "device" if code == "DriverError" else "framework",
        "timestamp": now.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        "context": _bounded(context or {}),
    }


def error_of(thrown: BaseException, context=None, attempt="", grant=None) -> dict:
    """Anything that was raised, as an error that travels. ``grant`` is what the driver asks for and does not get."""
    context = dict(context or {})
    try:
        return _read(thrown, context, attempt, grant)
    except Exception:  # The author's ``__str__`` may raise, too.
        return wire_error("DriverError", "the driver raised an error that cannot be read", context)


def _read(thrown, context, attempt, grant):
    if isinstance(thrown, HostError):
        return wire_error(thrown.code, str(thrown), {**context, **thrown.context}, thrown.type)
    if isinstance(thrown, InvalidInput):
        issues = [dict(issue) for issue in thrown.issues]
        if len(issues) > _MAX_ISSUES:
            issues = issues[:_MAX_ISSUES] + [{"path": "", "message": f"and {len(issues) - _MAX_ISSUES} more"}]
        texts = [f"{it['path']}: {it['message']}" if it.get("path") else it["message"] for it in issues]
        return wire_error("InvalidRequest", f"{attempt}: {'; '.join(texts)}", {**context, "issues": issues})
    place = place_of(thrown)
    if place:
        context["at"] = place
    denied = denial_of(thrown, context, grant)
    if denied:
        return wire_error("DriverError", denied[0], denied[1], "PermissionDenied")
    if isinstance(thrown, Cancelled) or type(thrown).__name__ == "CancelledError":
        return wire_error("DriverError", "the call was cancelled", context, "CallCancelled")
    if isinstance(thrown, MemoryError):
        message = str(thrown) or "MemoryError"
        return wire_error("DriverError", placed(f"The driver has no memory left: {message}", place), context,
                          "OutOfMemory")
    if isinstance(thrown, NotSerializable):
        return wire_error("DriverError", placed(str(thrown), place), context, "NotSerializable")
    if isinstance(thrown, DriverLoadError):
        return wire_error("DriverError", str(thrown), context, "DriverLoadError")
    name = type(thrown).__name__
    message = with_causes(thrown)
    if isinstance(thrown, ModuleNotFoundError):
        message += installed_by(thrown)
    if isinstance(thrown, _LANGUAGE_ERRORS) or not str(thrown):
        message = placed(message, place)
    return wire_error("DriverError", message, context, None if type(thrown) is Exception else name)


def installed_by(thrown: ModuleNotFoundError) -> str:
    """The command that installs what was not found; empty for a module of a package that is there."""
    from .packages import install_command
    name = thrown.name or ""
    if not name or name.split(".")[0] in sys.modules and "." in name:
        return ""
    return f". Install it with: {install_command(name.split('.')[0])}"


def with_causes(thrown: BaseException) -> str:
    """The message with the messages of the error's causes, which have the facts."""
    text = message_of(thrown)
    error = thrown
    for _ in range(_MAX_CAUSES):
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
        if error is None:
            break
        cause = message_of(error)
        if cause not in text:
            text = f"{text}: {cause}"
    return text


def message_of(thrown: BaseException) -> str:
    if isinstance(thrown, KeyError) and thrown.args:
        return f"there is no key {thrown.args[0]!r}"
    if isinstance(thrown, SyntaxError):
        return thrown.msg or "invalid syntax"
    return str(thrown) or type(thrown).__name__


def place_of(thrown: BaseException):
    """The innermost place in a driver's own files, as ``my_laser.py:12``."""
    if isinstance(thrown, SyntaxError) and thrown.filename:
        own = _own(thrown.filename)
        if own:
            return f"{own}:{thrown.lineno}"
    place = None
    trace = thrown.__traceback__
    while trace is not None:
        own = _own(trace.tb_frame.f_code.co_filename)
        if own:
            place = f"{own}:{trace.tb_lineno}"
        trace = trace.tb_next
    return place


def place_of_caller():
    """The innermost place in a driver's own files of the code that runs now."""
    frame = sys._getframe(1)
    while frame is not None:
        own = _own(frame.f_code.co_filename)
        if own:
            return f"{own}:{frame.f_lineno}"
        frame = frame.f_back
    return None


def place_in(path: str, line: int):
    """A line of a file, as ``my_laser.py:12``; ``None`` for one that is not the driver's own."""
    own = _own(path)
    return f"{own}:{line}" if own else None


def placed(message: str, place) -> str:
    """A message with the place, unless the message contains it."""
    return f"{message} ({place})" if place and place not in message else message


def _own(path: str):
    for folder in _folders:
        if path.startswith(folder):
            rest = path[len(folder):]
            if "site-packages" not in rest and f"{os.sep}envs{os.sep}" not in path[len(folder) - 1:]:
                return rest
    return None


def _cut(text, limit: int) -> str:
    text = str(text).encode("utf-8", "replace").decode()
    return text if len(text) <= limit else text[:limit - 1] + "…"


def _bounded(context: dict) -> dict:
    try:
        text = json.dumps(context, allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        text = ""
    if 0 < len(text) <= _MAX_CONTEXT_CHARS:
        return context
    return {key: context[key] for key in ("device_id", "at") if isinstance(context.get(key), str)}
