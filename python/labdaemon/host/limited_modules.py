"""Modules of Python that a process which may write no files, and start no programs, uses in another way.

Libraries use them while they are imported: ``tempfile`` looks for a folder that can be written, and ``ctypes.util`` writes a
file for a compiler. Both fail where that is denied, and the libraries with them, though they need neither.
"""
import os
import sys


def _set_folder(tempfile):
    # Without a probe: what writes a file there gets the error of that file.
    if tempfile.tempdir is None:
        tempfile.tempdir = os.environ.get("TMPDIR", "/tmp")


def _use_no_compiler(util):
    util._findLib_gcc = lambda name: None


_CHANGES = {"tempfile": _set_folder, "ctypes.util": _use_no_compiler}


class _Changing:
    """Changes modules once they are executed. Part of ``sys.meta_path``."""

    def __init__(self):
        self._names = set(_CHANGES)

    def find_spec(self, name, path=None, target=None):
        if name not in self._names:
            return None
        self._names.discard(name)
        import importlib.util
        spec = importlib.util.find_spec(name)
        execute = spec.loader.exec_module

        def execute_and_change(module):
            execute(module)
            _CHANGES[name](module)

        spec.loader.exec_module = execute_and_change
        return spec


def change_limited_modules():
    """To be called once the process is limited."""
    for name, change in _CHANGES.items():
        if name in sys.modules:
            change(sys.modules[name])
    sys.meta_path.insert(0, _Changing())
