"""Limits the process to the driver's permissions, by the kernel: files by Landlock (or bubblewrap), system calls by seccomp.

What it enforces is in ``docs/drivers-in-python.md``; what it cannot, too: hosts, UDP, and that a file exists.
"""
import ctypes
import os
import socket
import struct
import sys

from .limited_modules import change_limited_modules
from .permission_denied import process_is_limited
from .seccomp import install_filter, is_available

#: Landlock's version from which on it is used: with truncation of files, which version 3 has added.
_MIN_ABI = 3

#: The version from which on it limits the ports of TCP.
_PORTS_ABI = 4

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_PATH_BENEATH, _NET_PORT = 1, 2

_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1, 2, 4, 8
_TRUNCATE, _IOCTL_DEV = 1 << 14, 1 << 15
#: To remove and to make files, folders, links, sockets and pipes; not devices.
_CHANGE = 1 << 4 | 1 << 5 | 1 << 7 | 1 << 8 | 1 << 9 | 1 << 10 | 1 << 12 | 1 << 13
_READ = _READ_FILE | _READ_DIR
_WRITE = _WRITE_FILE | _TRUNCATE | _CHANGE
_ON_FILES = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE | _IOCTL_DEV
_ALL_RIGHTS = (1 << 15) - 1
_BIND_TCP, _CONNECT_TCP = 1, 2
_SCOPED = 1 | 2

_PR_SET_NO_NEW_PRIVS = 38

#: What every program reads: its libraries, time zones, certificates.
_SYSTEM = ("/lib", "/lib32", "/lib64", "/usr/lib", "/usr/lib32", "/usr/lib64", "/usr/local/lib", "/etc/ld.so.cache",
           "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/localtime", "/etc/ssl", "/usr/share/zoneinfo",
           "/usr/share/ca-certificates", "/usr/share/locale", "/proc/self", "/proc/cpuinfo", "/proc/meminfo",
           "/sys/devices/system/cpu", "/sys/devices/system/node", "/dev/urandom", "/dev/random", "/dev/zero")
_FOR_NAMES = ("/etc/resolv.conf", "/etc/hosts", "/etc/nsswitch.conf", "/etc/gai.conf", "/etc/services", "/etc/protocols",
              "/run/systemd/resolve")
_LOADERS = ("/lib64/ld-linux-x86-64.so.2", "/lib/ld-linux-aarch64.so.1", "/lib/ld-musl-x86_64.so.1",
            "/lib/ld-musl-aarch64.so.1")

_libc = ctypes.CDLL(None, use_errno=True)


class SandboxError(Exception):
    """The kernel, or this machine, does not limit the process."""


def problem():
    """The reason why this machine cannot limit a process, in words; ``None`` if it can."""
    if not sys.platform.startswith("linux"):
        return f"{sys.platform} has no Landlock"
    abi = _abi()
    if abi < 0:
        return f"the kernel has no Landlock ({os.strerror(ctypes.get_errno())})"
    if abi < _MIN_ABI:
        return f"the kernel's Landlock has version {abi}, and version {_MIN_ABI} is needed"
    return is_available()


def _abi() -> int:
    """The version of the kernel's Landlock; negative without one."""
    return _libc.syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint(1))


def restrict(permissions: dict, imports, denied_ports=()) -> None:
    """Limits this process for ever, with all threads and programs that it starts. Before any other thread is started.

    A driver that may use all ports connects to none of ``denied_ports``.
    """
    reason = problem()
    if reason:
        raise SandboxError(reason)
    files = not all(permissions.get(kind) is True for kind in ("read", "write", "run"))
    abi = _abi()
    if _libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        raise SandboxError("the process cannot give up new privileges")
    handled = _ALL_RIGHTS | (_IOCTL_DEV if abi >= 5 else 0) if files else 0
    ports = _ports(permissions.get("net") or [])
    net = 0 if abi < _PORTS_ABI else _BIND_TCP | _CONNECT_TCP
    if ports is None:
        # A rule for each port takes a tenth of a second of CPU in all.
        net &= _CONNECT_TCP if denied_ports else 0
        ports = set(range(1 << 16)).difference(denied_ports) if net else ()
    scoped = _SCOPED if abi >= 6 else 0
    if handled or net or scoped:
        attributes = struct.pack("<QQQ", handled, net, scoped)[:8 if abi < _PORTS_ABI else 16 if abi < 6 else 24]
        ruleset = _checked(_libc.syscall(_CREATE_RULESET, attributes, ctypes.c_size_t(len(attributes)), ctypes.c_uint(0)))
        if handled:
            for path, rights in allowed_paths(permissions, imports):
                _allow_path(ruleset, path, rights & handled)
        for port in ports if net else ():
            rule = struct.pack("<QQ", net, port)
            _checked(_libc.syscall(_ADD_RULE, ruleset, ctypes.c_uint(_NET_PORT), rule, ctypes.c_uint(0)))
        _checked(_libc.syscall(_RESTRICT_SELF, ruleset, ctypes.c_uint(0)))
        os.close(ruleset)
    _filter_calls(permissions)


def _filter_calls(permissions):
    install_filter(_families(permissions.get("net") or []), has_run=bool(permissions.get("run")))


def limit(arguments: dict, within_bubblewrap: bool, unused: str) -> str:
    """Limits the process as the daemon's arguments say. Returns by what: ``landlock``, ``bubblewrap``, ``off``, or ``none: ``
    and the reason. ``unused`` is the reason why bubblewrap is not used, if it would be.

    Raises ``SandboxError`` where nothing limits it, and ``sandbox`` is ``strict``.
    """
    mode = arguments.get("sandbox", "off")
    if mode == "off":
        return "off"
    try:
        if within_bubblewrap:
            permissions = arguments.get("permissions", {})
            _filter_calls(permissions)
            process_is_limited()
            change_limited_modules()
            return "bubblewrap"
        restrict(arguments.get("permissions", {}), arguments.get("imports", []), arguments.get("denied_ports", ()))
    except (SandboxError, OSError) as error:
        reason = f"{error}; {unused}" if unused else error
        if mode == "strict":
            raise SandboxError(f"it cannot be limited to its permissions: {reason}") from error
        return f"none: {reason}"[:100]
    process_is_limited()
    change_limited_modules()
    return "landlock" if _abi() >= _PORTS_ABI else "landlock, without the ports of TCP: the kernel is older than 6.7"


def allowed_paths(permissions, imports):
    """The paths that the process may use, each with its rights."""
    own = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    libraries = os.environ.get("LD_LIBRARY_PATH", "").split(":")
    interpreter = [sys.prefix, sys.exec_prefix, sys.base_prefix, os.path.dirname(os.path.realpath(sys.executable))]
    readable = [*_SYSTEM, *interpreter, *sys.path, *libraries, own, *imports]
    if permissions.get("net"):
        readable += _FOR_NAMES
    for path in readable:
        if path and path != "/":
            yield path, _READ
    yield "/dev/null", _READ_FILE | _WRITE_FILE
    yield from _granted(permissions.get("read"), _READ)
    yield from _granted(permissions.get("write"), _WRITE)
    yield from _granted(permissions.get("ffi"), _READ)
    serial = permissions.get("serial")
    ports = _all_serial_ports() if serial is True else serial
    yield from _granted(ports, _READ_FILE | _WRITE_FILE | _IOCTL_DEV)
    run = permissions.get("run")
    if run is True:
        yield "/", _EXECUTE | _READ
    elif run:
        # The kernel loads a program by the system's loader.
        for path in (*_LOADERS, *filter(None, map(_program, run))):
            yield path, _EXECUTE | _READ


def writes(rights: int) -> bool:
    """True if the rights on a path are more than to read it."""
    return bool(rights & _WRITE_FILE)


def _granted(paths, rights):
    if paths is True:
        yield "/", rights
    for path in paths or () if paths is not True else ():
        yield os.path.abspath(path), rights


def _all_serial_ports():
    import glob
    return [path for pattern in ("tty[A-Z]*", "serial/by-id/*", "rfcomm*") for path in glob.glob(f"/dev/{pattern}")]


def _program(name):
    import shutil
    return os.path.realpath(name) if "/" in name else shutil.which(name)


def _families(net):
    """The address families of sockets; ``None``: all, also those of CAN and Bluetooth."""
    if net is True:
        return None
    is_unix = [entry.startswith("unix:") for entry in net]
    internet = [int(socket.AF_INET), int(socket.AF_INET6)] if not all(is_unix) else []
    return internet + ([int(socket.AF_UNIX)] if any(is_unix) else [])


def _ports(net):
    """The ports of TCP that the process may use; ``None``: all."""
    if net is True:
        return None
    ports = []
    for entry in net:
        host, _, port = entry.rpartition(":")
        if not host or not port.isdigit():
            return None
        ports.append(int(port))
    return ports


def _allow_path(ruleset, path, rights):
    try:
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return  # What does not exist cannot be used.
    try:
        if not os.path.isdir(f"/proc/self/fd/{descriptor}"):
            rights &= _ON_FILES
        if rights:
            rule = struct.pack("<Qi", rights, descriptor)
            _checked(_libc.syscall(_ADD_RULE, ruleset, ctypes.c_uint(_PATH_BENEATH), rule, ctypes.c_uint(0)))
    finally:
        os.close(descriptor)


def _checked(result):
    if result < 0:
        raise SandboxError(f"Landlock refuses a rule: {os.strerror(ctypes.get_errno())}")
    return result
