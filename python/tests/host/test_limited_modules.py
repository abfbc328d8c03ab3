"""Modules that a limited process uses in another way."""

import subprocess
import sys
import unittest

PROGRAM = """
import sys
if "before" in sys.argv:
    import tempfile, ctypes.util
from labdaemon.host.limited_modules import change_limited_modules
change_limited_modules()
import os, tempfile, ctypes.util
assert tempfile.gettempdir() == "/nowhere", tempfile.gettempdir()
assert ctypes.util._findLib_gcc("c") is None
assert tempfile.__spec__.name == "tempfile" and tempfile.mkdtemp
"""


class LimitedModules(unittest.TestCase):
    def test_they_are_changed_before_and_after_they_are_imported(self):
        for when in ("before", "after"):
            with self.subTest(when=when):
                environment = {"TMPDIR": "/nowhere", "PYTHONPATH": ":".join(it for it in sys.path if it)}
                done = subprocess.run(
                    [sys.executable, "-B", "-c", PROGRAM, when], env=environment, stderr=subprocess.PIPE, text=True
                )
                self.assertEqual((done.returncode, done.stderr), (0, ""))


if __name__ == "__main__":
    unittest.main()
