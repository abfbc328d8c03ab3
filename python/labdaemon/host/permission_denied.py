"""Errors of a process that is limited to its permissions: with the line of the bench file that would grant what was denied."""
import errno
import json
import os
import re

_DENIED = (errno.EACCES, errno.EPERM)

_is_limited = False


def process_is_limited() -> None:
    """From now on, a denial by the system counts as one by the sandbox."""
    global _is_limited
    _is_limited = True


def denial_of(thrown: BaseException, context: dict, grant):
    """The message and the context of a denied permission; ``None`` for any other error.

    ``grant`` has what the driver asks for and does not get, and the line that grants it, as the daemon sends them.
    """
    if not _is_limited or not isinstance(thrown, OSError) or thrown.errno not in _DENIED:
        return None
    kind, target = _wanted(thrown)
    if kind is None:
        return None
    entries = f"[{json.dumps(target)}]" if target else "true"
    asked = (grant or {}).get("missing", {}).get(kind)
    if asked:
        line = f"to the bench file: {_grant_line(grant['driver'], grant['line'])}"
        author = ""
    else:
        line = f"to the device in the bench file: permissions: {{ add: {{ {kind}: {entries} }} }}"
        keyword = "devices" if kind == "serial" else kind
        author = f" Its author can ask for it in the driver: @driver({keyword}={_python(entries)})."
    whose = f' of "{context["device_id"]}"' if "device_id" in context else ""
    access = f"{kind} access{' to ' + json.dumps(target) if target else ''}"
    message = (f"The driver{whose} wanted {access}, which it has not been granted ({thrown.strerror or thrown})."
               f"{author} If it should have it, add {line}")
    facts = {"permission": kind, **({"target": target} if target else {}), **({"grants": grant["line"]} if asked else {})}
    return message, {**context, **facts}


def _wanted(thrown):
    """The kind of the permission, and what was to be used."""
    modules = []
    trace = thrown.__traceback__
    while trace is not None:
        modules.append(os.path.basename(trace.tb_frame.f_code.co_filename))
        trace = trace.tb_next
    name = thrown.filename if isinstance(thrown.filename, str) else None
    if "subprocess.py" in modules or "pty.py" in modules:
        return "run", name
    if name is None:
        found = re.search(r"/dev/[\w./-]*\w", str(thrown))
        if found is None:
            return ("net", None) if any(it in ("socket.py", "selectors.py") for it in modules) or _is_socket(thrown) \
                else (None, None)
        name = found.group()
    path = os.path.abspath(name)
    return ("serial" if re.match(r"/dev/(tty|serial|rfcomm)", path) else "read"), path


def _is_socket(thrown):
    # A socket is made by a function of C, which has no place in a traceback.
    return thrown.filename is None and thrown.errno == errno.EACCES


def _grant_line(driver, permissions):
    kinds = (f"{kind}: {'true' if entries is True else json.dumps(entries)}" for kind, entries in permissions.items())
    return f"grants: {{ {driver}: {{ {', '.join(kinds)} }} }}"


def _python(entries):
    return "True" if entries == "true" else entries
