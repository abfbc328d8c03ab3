"""A filter of system calls: what Landlock does not limit."""
import ctypes
import errno
import os
import struct

_PR_SET_SECCOMP, _MODE_FILTER = 22, 2
_ALLOW, _ERRNO, _KILL = 0x7FFF0000, 0x00050000, 0x80000000

_LOAD, _EQUAL, _ANY_BIT, _RETURN = 0x20, 0x15, 0x45, 0x06
_AT_NUMBER, _AT_MACHINE, _AT_ARGUMENT = 0, 4, 16

#: Flags of ``clone`` that make a namespace, in which a process has rights that it does not have.
_NEW_NAMESPACE = 0x7E020080

#: The machine's name, and the numbers of its system calls.
_MACHINES = {
    "x86_64": (0xC000003E, {
        "socket": 41, "clone": 56, "execve": 59, "execveat": 322, "kill": 62, "clone3": 435, "tkill": 200, "tgkill": 234,
        "denied": {
            "ptrace": 101, "chmod": 90, "fchmodat": 268, "chown": 92, "lchown": 94, "fchown": 93, "fchownat": 260,
            "utime": 132, "utimes": 235, "futimesat": 261, "utimensat": 280, "setxattr": 188, "lsetxattr": 189,
            "fsetxattr": 190, "removexattr": 197, "lremovexattr": 198, "fremovexattr": 199, "process_vm_readv": 310,
            "process_vm_writev": 311, "pidfd_send_signal": 424, "pidfd_getfd": 438, "rt_sigqueueinfo": 129,
            "rt_tgsigqueueinfo": 297, "mount": 165, "umount2": 166, "pivot_root": 155, "chroot": 161, "unshare": 272,
            "setns": 308, "bpf": 321, "perf_event_open": 298, "add_key": 248, "request_key": 249, "keyctl": 250,
            "io_uring_setup": 425, "userfaultfd": 323, "kexec_load": 246, "kexec_file_load": 320, "init_module": 175,
            "finit_module": 313, "delete_module": 176, "reboot": 169, "swapon": 167, "swapoff": 168, "acct": 163,
            "settimeofday": 164, "clock_settime": 227, "sethostname": 170, "setdomainname": 171, "iopl": 172,
            "ioperm": 173, "open_by_handle_at": 304, "fanotify_init": 300, "quotactl": 179, "open_tree": 428,
            "move_mount": 429, "fsopen": 430, "fsmount": 432, "mount_setattr": 442, "fchmodat2": 452,
            "setxattrat": 463, "removexattrat": 466, "process_madvise": 440, "mknod": 133, "mknodat": 259,
        },
    }),
    "aarch64": (0xC00000B7, {
        "socket": 198, "clone": 220, "execve": 221, "execveat": 281, "kill": 129, "clone3": 435, "tkill": 130,
        "tgkill": 131,
        "denied": {
            "ptrace": 117, "fchmodat": 53, "fchown": 55, "fchownat": 54, "utimensat": 88, "setxattr": 5, "lsetxattr": 6,
            "fsetxattr": 7, "removexattr": 14, "lremovexattr": 15, "fremovexattr": 16, "process_vm_readv": 270,
            "process_vm_writev": 271, "pidfd_send_signal": 424, "pidfd_getfd": 438, "rt_sigqueueinfo": 138,
            "rt_tgsigqueueinfo": 240, "mount": 40, "umount2": 39, "pivot_root": 41, "chroot": 51, "unshare": 97,
            "setns": 268, "bpf": 280, "perf_event_open": 241, "add_key": 217, "request_key": 218, "keyctl": 219,
            "io_uring_setup": 425, "userfaultfd": 282, "kexec_load": 104, "kexec_file_load": 294, "init_module": 105,
            "finit_module": 273, "delete_module": 106, "reboot": 142, "swapon": 224, "swapoff": 225, "acct": 89,
            "settimeofday": 170, "clock_settime": 112, "sethostname": 161, "setdomainname": 162,
            "open_by_handle_at": 265, "fanotify_init": 262, "quotactl": 60, "open_tree": 428, "move_mount": 429,
            "fsopen": 430, "fsmount": 432, "mount_setattr": 442, "fchmodat2": 452, "setxattrat": 463,
            "removexattrat": 466, "process_madvise": 440, "mknodat": 33,
        },
    }),
}

#: Numbers of another calling convention of the same machine.
_X32 = 0x40000000


def is_available():
    """The reason why there is no filter for this machine, in words; ``None`` if there is one."""
    if os.uname().machine not in _MACHINES or ctypes.sizeof(ctypes.c_void_p) != 8:
        return f"there is no filter of system calls for {os.uname().machine}"
    return None


def install_filter(families, has_run: bool) -> None:
    """Filters the system calls of this process, its threads and its programs, for ever.

    ``families`` are the address families of which it may make sockets; ``None``: all.
    """
    machine, calls = _MACHINES[os.uname().machine]
    rules = [_instruction(_LOAD, _AT_MACHINE), _jump(_EQUAL, machine, 1, 0), _instruction(_RETURN, _KILL),
             _instruction(_LOAD, _AT_NUMBER)]
    if os.uname().machine == "x86_64":
        rules += [_jump(_ANY_BIT, _X32, 0, 1), _instruction(_RETURN, _KILL)]
    for number in calls["denied"].values():
        rules += _deny(number, errno.EPERM)
    # Threads are then made by ``clone``, whose flags can be seen.
    rules += _deny(calls["clone3"], errno.ENOSYS)
    rules += _deny_bits(calls["clone"], 0, _NEW_NAMESPACE, errno.EPERM)
    if families is not None:
        rules += _allow_only(calls["socket"], families, errno.EACCES)
    if not has_run:
        rules += _deny(calls["execve"], errno.EACCES) + _deny(calls["execveat"], errno.EACCES)
        rules += _deny_others(calls["kill"], os.getpid()) + _deny_others(calls["tgkill"], os.getpid())
        rules += _deny(calls["tkill"], errno.EPERM)
    rules.append(_instruction(_RETURN, _ALLOW))
    program = b"".join(rules)
    buffer = ctypes.create_string_buffer(program, len(program))
    header = struct.pack("HxxxxxxP", len(rules), ctypes.addressof(buffer))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_SECCOMP, _MODE_FILTER, header, 0, 0) != 0:
        from .sandbox import SandboxError
        raise SandboxError(f"the kernel takes no filter of system calls: {os.strerror(ctypes.get_errno())}")


def _instruction(code, value):
    return struct.pack("HBBI", code, 0, 0, value)


def _jump(code, value, if_so, if_not):
    return struct.pack("HBBI", code, if_so, if_not, value)


def _deny(number, error):
    return [_jump(_EQUAL, number, 0, 1), _instruction(_RETURN, _ERRNO | error)]


def _deny_bits(number, argument, bits, error):
    """Denies a call if an argument has one of the bits. The number is loaded again afterwards."""
    return [_jump(_EQUAL, number, 0, 4), _instruction(_LOAD, _AT_ARGUMENT + 8 * argument), _jump(_ANY_BIT, bits, 0, 1),
            _instruction(_RETURN, _ERRNO | error), _instruction(_LOAD, _AT_NUMBER)]


def _allow_only(number, values, error):
    """Denies a call unless its first argument is one of the values."""
    count = len(values)
    tests = [_jump(_EQUAL, value, count - i, 0) for i, value in enumerate(values)]
    return [_jump(_EQUAL, number, 0, count + 3), _instruction(_LOAD, _AT_ARGUMENT), *tests,
            _instruction(_RETURN, _ERRNO | error), _instruction(_LOAD, _AT_NUMBER)]


def _deny_others(number, pid):
    """Denies a call whose first argument is another process."""
    return [_jump(_EQUAL, number, 0, 4), _instruction(_LOAD, _AT_ARGUMENT), _jump(_EQUAL, pid, 1, 0),
            _instruction(_RETURN, _ERRNO | errno.EPERM), _instruction(_LOAD, _AT_NUMBER)]
