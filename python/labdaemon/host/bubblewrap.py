"""Limits the process where the kernel has no Landlock: starts it again by bubblewrap, in namespaces of its own."""
import os
import sys

from .sandbox import allowed_paths, problem, writes
from .seccomp import is_available

#: Stands before the arguments of a process that bubblewrap has started.
WITHIN = "--bubblewrap"

#: The time for an empty program within it, in seconds.
_TRIAL = 10


def enter(arguments: dict, program, flags) -> str:
    """Starts this program again within bubblewrap, if only that can limit it; it does not return then.

    ``program`` are the arguments of the interpreter up to ``flags``, those of the program. Returns the reason why bubblewrap
    is not used; ``""`` if it is not needed.
    """
    if problem() is None or is_available():
        return ""
    # Imported here: other processes do not need them.
    import shutil
    import subprocess

    bubblewrap = shutil.which("bwrap")
    if bubblewrap is None:
        return "bubblewrap is not installed"
    command = [bubblewrap, *_limits(arguments.get("permissions", {}), arguments.get("imports", [])), sys.executable]
    try:
        trial = subprocess.run([*command, "-E", "-S", "-c", ""], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                               stderr=subprocess.PIPE, timeout=_TRIAL, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"bubblewrap fails: {error}"
    if trial.returncode != 0:
        return f"bubblewrap fails: {trial.stderr.decode(errors='replace').strip()}"
    os.execv(bubblewrap, [*command, *program, WITHIN, *flags])
    return ""


def _limits(permissions, imports):
    """The arguments of bubblewrap: what can be seen of the machine."""
    yield from ("--unshare-pid", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try", "--cap-drop", "ALL")
    if not permissions.get("net"):
        yield "--unshare-net"
    paths = {}
    for path, rights in allowed_paths(permissions, imports):
        paths[path] = paths.get(path, 0) | rights
    if "/" in paths:
        yield from ("--bind" if writes(paths.pop("/")) else "--ro-bind", "/", "/")
    yield from ("--dev", "/dev", "--proc", "/proc")
    # In order, so that a folder comes before its contents.
    for path in sorted(paths):
        if path.startswith("/proc/") or not os.path.exists(path):
            continue
        kind = "--dev-bind" if path.startswith("/dev/") else "--bind" if writes(paths[path]) else "--ro-bind"
        yield from (kind, path, path)
    # The root and /dev are in memory, without a limit, so nothing may be written there.
    yield from ("--remount-ro", "/dev", "--remount-ro", "/")
