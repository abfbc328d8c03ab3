"""Lists the modules of its folder that a driver imports, and the interpreter that it names. Runs none of its code.

Prints JSON: ``{"files": [paths], "python": "envs/keithley" or null}``.
"""
import sys

if __name__ == "__main__":
    from standard_modules import standard_modules
    # The other modules of this folder have names that the standard library has, too.
    del sys.path[0]
else:
    from .standard_modules import standard_modules

import ast  # noqa: E402
import json  # noqa: E402
import os  # noqa: E402

_STANDARD = standard_modules()

_MAX_BYTES = 8 * 1024 * 1024


def list_imports(driver: str) -> dict:
    """The files of a driver and its interpreter. A file that cannot be read or parsed has no imports."""
    folder = os.path.dirname(driver)
    files = {driver}
    waiting = [driver]
    python = None
    while waiting:
        file = waiting.pop()
        tree = _parsed(file)
        if tree is None:
            continue
        if file == driver:
            python = _interpreter(tree)
        for module in _modules(tree, file, folder):
            for path in _files_of(module, folder, driver):
                if path not in files:
                    files.add(path)
                    waiting.append(path)
    return {"files": sorted(files), "python": python}


def _parsed(file):
    try:
        with open(file, "rb") as source:
            return ast.parse(source.read(_MAX_BYTES))
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _interpreter(tree):
    """The text of ``python=`` in ``@driver(…)``."""
    for node in ast.walk(tree):
        for decorator in getattr(node, "decorator_list", ()):
            if not isinstance(decorator, ast.Call):
                continue
            name = getattr(decorator.func, "attr", getattr(decorator.func, "id", None))
            for keyword in decorator.keywords if name == "driver" else ():
                if keyword.arg == "python" and isinstance(keyword.value, ast.Constant):
                    return keyword.value.value if isinstance(keyword.value.value, str) else None
    return None


def _modules(tree, file, folder):
    package = os.path.relpath(os.path.dirname(file), folder).split(os.sep)
    package = [] if package == ["."] else package
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            parts = package[:len(package) - node.level + 1] if node.level else []
            base = ".".join([*parts, *(node.module or "").split(".")]).strip(".")
            if base:
                yield base
            yield from (f"{base}.{alias.name}".strip(".") for alias in node.names)


def _files_of(module, folder, driver):
    """The files of a module of the folder, and of the packages that it is in."""
    parts = module.split(".")
    if parts[0] in _STANDARD or parts[0] == "labdaemon":
        return
    for count in range(1, len(parts) + 1):
        base = os.path.join(folder, *parts[:count])
        for path in (base + ".py", os.path.join(base, "__init__.py")):
            if path != driver and os.path.isfile(path):
                yield path


if __name__ == "__main__":
    json.dump(list_imports(sys.argv[1]), sys.stdout)
