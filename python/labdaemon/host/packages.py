"""The command that installs a missing package into the interpreter that runs."""
import os
import shlex
import sys

#: Packages whose modules have other names.
_PACKAGES = {
    "cv2": "opencv-python", "PIL": "pillow", "serial": "pyserial", "usb": "pyusb", "yaml": "pyyaml", "zmq": "pyzmq",
    "can": "python-can", "visa": "pyvisa", "pyvisa": "pyvisa", "u3": "LabJackPython", "labjack": "labjack-ljm",
    "picosdk": "picosdk", "nidaqmx": "nidaqmx", "vxi11": "python-vxi11", "usbtmc": "python-usbtmc",
    "ftd2xx": "ftd2xx", "pylablib": "pylablib", "smbus2": "smbus2", "epics": "pyepics", "sklearn": "scikit-learn",
    "OpenGL": "PyOpenGL", "gi": "PyGObject", "bluetooth": "pybluez2", "hid": "hidapi", "dateutil": "python-dateutil",
}


def install_command(module: str) -> str:
    """A line for a shell that installs what provides a module."""
    package = shlex.quote(_PACKAGES.get(module, module))
    prefix = sys.prefix
    python = shlex.quote(sys.executable or "python3")
    if os.path.isdir(os.path.join(prefix, "conda-meta")):
        return f"conda install -p {shlex.quote(prefix)} {package}"
    if prefix == sys.base_prefix:
        # Systems' own interpreters take no packages, and no driver should need to change them.
        return (f"{python} -m venv envs/{package} && envs/{package}/bin/python -m pip install {package} "
                f"(in the folder of the bench file; then name it in the driver: @driver(python=\"envs/{package}\"))")
    if not _has_pip():
        return f"uv pip install --python {python} {package}"
    return f"{python} -m pip install {package}"


def _has_pip() -> bool:
    import importlib.util
    return importlib.util.find_spec("pip") is not None
