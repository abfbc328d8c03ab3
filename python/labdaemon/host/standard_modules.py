"""The names of the modules of Python's standard library."""
import os
import sys


def standard_modules() -> frozenset:
    """Python lists them from 3.10 on; before, they are the files beside ``os`` and the modules in C."""
    names = getattr(sys, "stdlib_module_names", None)
    if names is not None:
        return frozenset(names)
    folder = os.path.dirname(os.__file__)
    files = [*os.listdir(folder), *_names(os.path.join(folder, "lib-dynload"))]
    return frozenset(sys.builtin_module_names) | {file.partition(".")[0] for file in files} - {"site-packages"}


def _names(folder):
    return os.listdir(folder) if os.path.isdir(folder) else []
