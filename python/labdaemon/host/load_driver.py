"""Loads a driver: a file, or a class of a package that an adapter makes a driver of."""
import os
import sys

from ..driver.definition import adapter_driver, find_driver
from ..driver.errors import DriverLoadError
from .driver_error import HostError, installed_by, own_files_in, place_of, placed, with_causes
from .driver_modules import import_file, path_of
from .permission_denied import denial_of

#: The adapters of classes that have no driver file.
ADAPTERS = ("pymeasure:", "qcodes:", "python:")


def load_driver(file: str, kept=None):
    """The definition of a driver.

    Raises ``HostError``: ``DriverError`` of type ``DriverLoadError``.
    """
    if file.startswith(ADAPTERS):
        return _loaded(file, lambda: adapter_driver(file))
    path = path_of(file)
    own_files_in(os.path.dirname(path) + os.sep)
    name = os.path.basename(path)
    return _loaded(name, lambda: find_driver(import_file(file, kept), name))


def _loaded(name: str, load):
    def fail(problem: str, place=None):
        context = {"file": name, **({"at": place} if place else {})}
        return HostError("DriverError", f"Cannot load {name}: {placed(problem, place)}", context, "DriverLoadError")

    try:
        return load()
    except DriverLoadError as error:
        raise fail(str(error)) from error
    except ModuleNotFoundError as error:
        raise fail(str(error) + installed_by(error), place_of(error)) from error
    except SystemExit as error:
        raise fail(f"it calls sys.exit({'' if error.code is None else repr(error.code)}) while it is imported",
                   place_of(error)) from error
    except KeyboardInterrupt as error:
        raise fail("it raises KeyboardInterrupt while it is imported", place_of(error)) from error
    except BaseException as error:
        denied = denial_of(error, {}, None)
        if denied:
            raise HostError("DriverError", f"Cannot load {name}: it wanted what a driver may not use while it is imported: "
                                           f"{error}", {"file": name, **denied[1]}, "PermissionDenied") from error
        kind = type(error).__name__
        text = with_causes(error)
        raise fail(text if kind in text or kind == "Exception" else f"{kind}: {text}", place_of(error)) from error

