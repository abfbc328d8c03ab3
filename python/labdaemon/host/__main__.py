"""The program that the daemon starts: ``python -E …/host/__main__.py <arguments as JSON>``."""
import sys

if sys.version_info < (3, 9):
    sys.stderr.write("error: drivers need Python 3.9 or newer, and %s is %s\n" % (sys.executable, sys.version.split()[0]))
    sys.exit(1)

import os  # noqa: E402

_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

# The modules of this folder have names of their own, and the folder above the package holds more than it.
del sys.path[0]
sys.dont_write_bytecode = True


def _import_package():
    """Makes ``labdaemon`` this package, whatever is installed under that name."""
    import importlib.util
    spec = importlib.util.spec_from_file_location("labdaemon", os.path.join(_PACKAGE, "__init__.py"),
                                                  submodule_search_locations=[_PACKAGE])
    package = importlib.util.module_from_spec(spec)
    sys.modules["labdaemon"] = package
    spec.loader.exec_module(package)


def main():
    import json
    arguments = json.loads(sys.argv[-1])
    flags = sys.argv[1:-1]
    is_limited = arguments.get("sandbox", "off") != "off"
    _import_package()
    unused = ""
    if is_limited and "--bubblewrap" not in flags:
        from labdaemon.host.bubblewrap import enter
        unused = enter(arguments, ["-E", "-X", "utf8", os.path.abspath(__file__)], sys.argv[1:])
    del sys.argv[1:]
    from labdaemon.host.pipe import take_descriptor
    packets = take_descriptor(3)
    stdin = take_descriptor(0)
    # Everything that the host needs is imported before the process is limited.
    from labdaemon.host.console import take_console
    from labdaemon.host.process import Process
    if "--probe" in flags:
        from labdaemon.testing.probe import install
        install()
    statm = os.open("/proc/self/statm", os.O_RDONLY | os.O_CLOEXEC) if os.path.exists("/proc/self/statm") else None
    # The module loads native code, which a process without limits needs not.
    sandbox = "off"
    if is_limited:
        from labdaemon.host.sandbox import SandboxError, limit
        try:
            sandbox = limit(arguments, "--bubblewrap" in flags, unused)
        except SandboxError as error:
            sys.stderr.write(f"error: {error}\n")
            os._exit(1)
    take_console(arguments.get("shared", False))
    import faulthandler
    faulthandler.enable(file=2, all_threads=False)
    Process(stdin, packets, statm, sandbox).run()


main()
