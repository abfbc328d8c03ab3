"""Finds answers with which a constructor succeeds that asks an instrument, although there is none."""

from __future__ import annotations

import re
import types
from typing import Any, Callable, Dict, Iterator, List, Optional, Sequence, TypeVar

Made = TypeVar("Made")

#: The limit of calls of a constructor.
MAX_ATTEMPTS = 60

#: An attempt with more questions fails: the constructor is waiting for something.
_MAX_QUESTIONS = 2000

#: What instruments answer: numbers, lists of them, choices, ends of lines of their own.
_USUAL = ("0", "1", "VOLT", "50", "0,0,0,0", "0,0,0,0,0,0,0,0", "0:0:0:0:0:0:0:0", "SIN,1,1,0,0")

#: What functions of libraries in C return: two usual codes of success, and a handle.
_CODES = ("0", "512", "1")

#: The limit of answers that are read after one question.
_MAX_READS = 20

#: Texts of the class that may be answers: models and options.
_MAX_TEXTS = 40


class Answers:
    """The answers to each kind of question. Questions that differ only in numbers, as of channels, are one kind."""

    def __init__(self, model: str, texts: List[str]):
        models = [model, f"Model {model}", *texts]
        names = [*(f"none,{it},0,0.0" for it in models), f"IDN:none:{model}:0:0.0"]
        self._known = {"*IDN?": names, "*LANG?": ["SCPI"], "*OPT?": ["520", "0"]}
        self._others = [*_USUAL, model, *texts]
        #: The index of the present answer, by the kind of question.
        self._chosen: Dict[str, int] = {}
        self._asked: Dict[str, None] = {}
        self._count = 0
        self._written = ""
        self._reads = 0

    def begin(self) -> None:
        """Begins an attempt."""
        self._asked = {}
        self._count = 0
        self.write("")

    def answer(self, question: str) -> str:
        """The answer to a question."""
        return self._of_kind(re.sub(r"\d+", "1", question.strip().upper()))

    def code(self, function: str) -> int:
        """The result of a function of a library in C."""
        return int(self._of_kind(f"{function}()"))

    def write(self, command: str) -> None:
        """Takes a command."""
        self._written, self._reads = command, 0

    def read(self) -> Optional[str]:
        """The answer to the last command; ``None`` after too many reads, as from an instrument without more to send."""
        self._reads += 1
        return None if self._reads > _MAX_READS else self.answer(self._written)

    def _of_kind(self, kind: str) -> str:
        self._count += 1
        if self._count > _MAX_QUESTIONS:
            raise TimeoutError("it waits for its instrument")
        self._asked.setdefault(kind)
        return self._choices(kind)[self._chosen.setdefault(kind, 0)]

    def change(self) -> bool:
        """Selects the next answer to the last question or, without one, to an earlier question. False if all were tried."""
        for kind in reversed(list(self._asked)):
            self._chosen[kind] += 1
            if self._chosen[kind] < len(self._choices(kind)):
                return True
            del self._chosen[kind]
        return False

    def _choices(self, kind: str) -> Sequence[str]:
        return _CODES if kind.endswith("()") else self._known.get(kind, self._others)


def make_with(answers: Answers, make: Callable[[], Made]) -> Made:
    """Makes an object that asks. Raises the error of the first attempt if no answers help."""
    first: Optional[Exception] = None
    for _ in range(MAX_ATTEMPTS):
        answers.begin()
        try:
            return make()
        except Exception as error:
            first = first or error
            if isinstance(error, PermissionError) or not answers.change():
                break
    assert first is not None
    raise first


def texts_of(cls: Any) -> List[str]:
    """Short texts with a digit in the constructors of a class, and in the keys of its tables: possible models."""
    found: Dict[str, None] = {}
    for base in cls.__mro__:
        if base.__module__.startswith("qcodes.instrument."):
            continue
        tables = [list(it) for it in vars(base).values() if isinstance(it, dict)]
        code = getattr(vars(base).get("__init__"), "__code__", None)
        for value in _flat([*tables, code.co_consts if code else ()]):
            if isinstance(value, str) and len(value) <= 16 and re.search(r"\d", value) and not re.search(r"[\s?{}:;]", value):
                found.setdefault(value)
    return list(found)[:_MAX_TEXTS]


def _flat(value: Any) -> Iterator[Any]:
    if isinstance(value, (list, tuple, frozenset)):
        for it in value:
            yield from _flat(it)
    elif isinstance(value, types.CodeType):
        yield from _flat(value.co_consts)
    else:
        yield value
