"""Changes modules of Python for a process that may neither write files nor start programs.

Libraries use them while they are imported: ``tempfile`` looks for a folder that can be written, and ``ctypes.util`` writes a
file for a compiler. Both fail where that is denied, and the libraries with them, though they need neither.
"""
import os

from .changed_modules import change_modules


def _set_folder(tempfile):
    # Without trying to write: code that writes a file there gets its own error.
    if tempfile.tempdir is None:
        tempfile.tempdir = os.environ.get("TMPDIR", "/tmp")


def _use_no_compiler(util):
    util._findLib_gcc = lambda name: None


_CHANGES = {"tempfile": _set_folder, "ctypes.util": _use_no_compiler}


def change_limited_modules():
    """To be called once the process is limited."""
    change_modules(_CHANGES)
