"""The parameters of functions, as ``inspect`` gives them, without that module."""

import collections
import functools
import http.client
import inspect
import json
import os
import random
import subprocess
import sys
import tempfile
import threading
import unittest

from labdaemon.driver.schema.docstrings import _without_margin
from labdaemon.driver.schema.parameters import REQUIRED, parameters_of, takes_one

HOST = os.path.join(os.path.dirname(__file__), "..", "..")

#: Loads a driver as a limited process does, and prints the modules that it has then.
PROGRAM = """
import sys
from labdaemon.host import bubblewrap, console, process
from labdaemon.driver.definition import find_driver
from labdaemon.host.driver_modules import import_file
find_driver(import_file("file://" + sys.argv[1]), "meter.py").describe()
print(*sys.modules)
"""

DRIVER = '''
from labdaemon.driver import driver

@driver(name="Meter")
class Meter:
    """A meter.

    Args:
        host: where it is.
    """

    def __init__(self, host: str, port: "int" = 5025):
        self.host = host

    def read(self) -> float:
        """Reads it."""
        return 1.0

    def configure(self, range: float = 10.0, *, auto: bool = False):
        """Sets the range."""
'''


class Functions:
    def all(self, x, /, y=1, *rest, z, q=3, **keywords):
        pass

    def only_rest(*all):
        pass

    def none(self):
        pass

    def one(self, reason):
        pass

    def two(self, reason, other=2):
        pass

    def two_needed(self, reason, other):
        pass

    def one_and_a_name(self, reason, *, name):
        pass

    def a_name(self, *, name=1):
        pass

    def without_self():  # noqa: N805
        pass

    @functools.wraps(one)
    def wrapped(*args, **keywords):
        pass

    bound = functools.partialmethod(all, 1)
    in_c = len
    made = staticmethod(functools.partial(int, base=2))

    @staticmethod
    def of_no_object(a, b=1):
        pass

    @classmethod
    def of_the_class(cls, a=2, *b):
        pass


def by_inspect(function):
    found = inspect.signature(function).parameters.values()
    return [(it.name, int(it.kind), REQUIRED if it.default is it.empty else it.default) for it in found]


def by_us(function):
    return [(it.name, it.kind, it.default) for it in parameters_of(function)]


def answer(of, function):
    try:
        return of(function)
    except (TypeError, ValueError) as error:
        return type(error)


def binds_one(function):
    try:
        inspect.signature(function).bind("reason")
    except (TypeError, ValueError):
        return False
    return True


class ParametersOfFunctions(unittest.TestCase):
    def test_they_are_those_that_inspect_finds_in_classes_of_the_standard_library(self):
        count = 0
        for module in (collections, functools, http.client, json, os, random, tempfile, threading, unittest):
            for value in list(vars(module).values()):
                for function in [value, *(list(vars(value).values()) if isinstance(value, type) else [])]:
                    if callable(function):
                        self.assertEqual(answer(by_us, function), answer(by_inspect, function), function)
                        count += 1
        self.assertGreater(count, 300)

    def test_each_kind_of_function_has_its_own(self):
        for name in [it for it in vars(Functions) if not it.startswith("__")]:
            for function in (getattr(Functions, name), getattr(Functions(), name)):
                with self.subTest(name=name, function=function):
                    self.assertEqual(answer(by_us, function), answer(by_inspect, function))

    def test_a_function_takes_one_argument_where_a_call_with_one_would_pass(self):
        for name in [it for it in vars(Functions) if not it.startswith("__")]:
            for function in (getattr(Functions, name), getattr(Functions(), name)):
                with self.subTest(name=name, function=function):
                    self.assertEqual(answer(takes_one, function) is True, binds_one(function))


class Docstrings(unittest.TestCase):
    def test_their_margins_are_removed_as_inspect_removes_them(self):
        pick = random.Random(1)
        pieces = ["a", " ", "  ", "\n", "\t", "\n    ", "\n  b", "é"]
        for _ in range(5_000):
            text = "".join(pick.choice(pieces) for _ in range(pick.randrange(1, 14)))
            if text.strip():
                self.assertEqual(_without_margin(text), inspect.cleandoc(text).splitlines(), repr(text))


class Start(unittest.TestCase):
    def test_a_process_imports_no_module_that_a_plain_driver_does_not_need(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "meter.py")
            with open(path, "w", encoding="utf-8") as file:
                file.write(DRIVER)
            program = [sys.executable, "-B", "-S", "-c", PROGRAM, path]
            done = subprocess.run(program, env={"PYTHONPATH": HOST}, capture_output=True, text=True)
        self.assertEqual(done.stderr, "")
        unneeded = {"ast", "inspect", "dis", "platform", "shutil", "subprocess", "urllib.parse", "asyncio", "logging"}
        if sys.version_info < (3, 10):
            unneeded -= {"ast"}  # For the annotation that is a text.
        self.assertEqual(unneeded & set(done.stdout.split()), set())
