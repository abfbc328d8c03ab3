"""Imports a driver file and the modules beside it: from the disk, or from texts of an earlier version."""
import importlib.machinery
import importlib.util
import os
import sys
from urllib.parse import unquote, urlsplit

from .standard_modules import standard_modules

_STANDARD = standard_modules()


def path_of(url: str) -> str:
    """The path of a ``file:`` URL."""
    return unquote(urlsplit(url).path)


def module_name(path: str) -> str:
    """The name of a driver's module: never that of a package that it may import."""
    stem = os.path.basename(path)
    stem = stem[:-3] if stem.endswith(".py") else stem
    return "driver_" + "".join(it if it.isalnum() else "_" for it in stem)


class FolderFinder:
    """Finds the modules of a driver folder, for all that no standard module has the name of."""

    def __init__(self, folder: str, driver: str, texts: dict):
        self._folder = folder
        self._driver = driver
        #: The texts by which files are imported, whatever the disk has, by their paths.
        self.texts = texts

    def find_spec(self, name, path=None, target=None):
        parts = name.split(".")
        if parts[0] in _STANDARD or parts[0] == "labdaemon":
            return None
        base = os.path.join(self._folder, *parts)
        for file, is_package in ((base + ".py", False), (os.path.join(base, "__init__.py"), True)):
            # A driver that imports a package of its own name means the package.
            if file != self._driver and (file in self.texts or os.path.isfile(file)):
                loader = TextLoader(name, file, self.texts)
                return importlib.util.spec_from_file_location(
                    name, file, loader=loader, submodule_search_locations=[base] if is_package else None)
        return None


class TextLoader(importlib.machinery.SourceFileLoader):
    """Compiles the text of a file as it is now: a compiled file may be that of another version."""

    def __init__(self, name, path, texts):
        super().__init__(name, path)
        self._texts = texts

    def get_code(self, fullname):
        text = self._texts.get(self.path)
        source = self.get_data(self.path) if text is None else text.encode()
        return self.source_to_code(source, self.path)

    def get_source(self, fullname):
        text = self._texts.get(self.path)
        return super().get_source(fullname) if text is None else text


def import_file(url: str, kept=None):
    """Imports a driver file as a module of its own. With ``kept``, its files have those texts."""
    path = path_of(url)
    folder = os.path.dirname(path)
    texts = {path_of(file): text for file, text in (kept or {}).get("texts", {}).items()}
    sys.meta_path.insert(0, FolderFinder(folder, path, texts))
    name = module_name(path)
    loader = TextLoader(name, path, texts)
    spec = importlib.util.spec_from_file_location(name, path, loader=loader)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    # Tracebacks and inspect.getsource() show the version that runs.
    import linecache
    for file, text in texts.items():
        linecache.cache[file] = (len(text), None, text.splitlines(True), file)
    loader.exec_module(module)
    return module
