"""Changes modules: imported ones at once, others when they are imported."""
import importlib.util
import sys


class _Changing:
    """Changes modules once they are executed. Part of ``sys.meta_path``."""

    def __init__(self, changes):
        self._changes = changes
        self._left = set(changes)

    def find_spec(self, name, path=None, target=None):
        if name not in self._left:
            return None
        self._left.discard(name)
        spec = importlib.util.find_spec(name)
        execute = getattr(spec and spec.loader, "exec_module", None)
        if execute is None:
            return spec

        def execute_and_change(module):
            execute(module)
            self._changes[name](module)

        spec.loader.exec_module = execute_and_change
        return spec


def change_modules(changes: dict) -> None:
    """Calls each function with the module of its name, at once or after its import."""
    for name, change in changes.items():
        if name in sys.modules:
            change(sys.modules[name])
    sys.meta_path.insert(0, _Changing({name: it for name, it in changes.items() if name not in sys.modules}))
