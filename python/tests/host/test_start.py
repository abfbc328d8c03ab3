"""The modules that a driver's process imports before it runs a driver."""

import os
import subprocess
import sys
import unittest

PACKAGES = os.path.join(os.path.dirname(__file__), "..", "..")

PROGRAM = """
import sys
from labdaemon.host import bubblewrap, console, process, seccomp
seccomp.is_available()
print(*sys.modules)
"""


class Start(unittest.TestCase):
    def test_a_process_imports_no_module_that_only_bubblewrap_needs(self):
        program = [sys.executable, "-B", "-S", "-c", PROGRAM]
        done = subprocess.run(program, env={"PYTHONPATH": PACKAGES}, capture_output=True, text=True)
        self.assertEqual(done.stderr, "")
        self.assertEqual({"platform", "shutil", "subprocess", "asyncio", "logging"} & set(done.stdout.split()), set())
