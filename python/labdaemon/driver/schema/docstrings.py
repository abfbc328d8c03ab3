"""Reads docstrings in the styles of Google, NumPy and Sphinx."""

from __future__ import annotations

import inspect
import re
from typing import Any, Dict, List, Tuple

_SECTION = re.compile(r"(Args|Arguments|Parameters|Keyword Args|Keyword Arguments|Other Parameters|Attributes)\s*:?\s*$")
_GOOGLE = re.compile(r"\*{0,2}(\w+)\s*(?:\(([^)]*)\))?\s*:\s*(.*)$")
_NUMPY = re.compile(r"((?:\*{0,2}\w+\s*,\s*)*\*{0,2}\w+)\s*(?::\s*(.*))?$")
_SPHINX = re.compile(r":param\s+(?:([\w\[\], ]+)\s+)?(\w+)\s*:\s*(.*)$")


class Docs:
    """A docstring: its first paragraph, and its descriptions of parameters."""

    def __init__(self, summary: str, parameters: Dict[str, Tuple[str, str]]):
        self.summary = summary
        #: The type and the description of each parameter; empty if there is none.
        self.parameters = parameters


def docs_of(of: Any) -> Docs:
    """Reads the docstring of a function, a property or a class; not that of a base class."""
    text = getattr(of, "__doc__", None)
    if not isinstance(text, str) or not text.strip():
        return Docs("", {})
    lines = inspect.cleandoc(text).splitlines()
    return Docs(_summary(lines), _parameters(lines))


def _summary(lines: List[str]) -> str:
    taken: List[str] = []
    for line, under in zip(lines, lines[1:] + [""]):
        if not line.strip() or _SECTION.match(line) or _SPHINX.match(line) or re.match(r"-{3,}\s*$", under):
            break
        taken.append(line.strip())
    return re.sub(r"``([^`]*)``", r"`\1`", " ".join(taken))


def _parameters(lines: List[str]) -> Dict[str, Tuple[str, str]]:
    found: Dict[str, Tuple[str, str]] = {}
    i = 0
    while i < len(lines):
        sphinx = _SPHINX.match(lines[i].strip())
        if sphinx:
            more, i = _deeper(lines, i + 1, _indent(lines[i]))
            found[sphinx[2]] = (sphinx[1] or "", _text([sphinx[3], *more]))
        elif _SECTION.match(lines[i]):
            underlined = i + 1 < len(lines) and re.match(r"-{3,}\s*$", lines[i + 1])
            i = _numpy(lines, i + 2, found) if underlined else _google(lines, i + 1, found)
        else:
            i += 1
    return found


def _google(lines: List[str], i: int, found: Dict[str, Tuple[str, str]]) -> int:
    entries, i = _deeper(lines, i, 0)
    base = min((_indent(it) for it in entries if it.strip()), default=0)
    at = 0
    while at < len(entries):
        match = _GOOGLE.match(entries[at].strip()) if _indent(entries[at]) == base else None
        more, after = _deeper(entries, at + 1, base)
        if match:
            found[match[1]] = (_plain_type(match[2] or ""), _text([match[3], *more]))
        at = max(after, at + 1)
    return i


def _numpy(lines: List[str], i: int, found: Dict[str, Tuple[str, str]]) -> int:
    while i < len(lines) and lines[i].strip():
        match = _NUMPY.match(lines[i].strip())
        if not match or _indent(lines[i]) > 0:
            break
        more, i = _deeper(lines, i + 1, 0)
        for name in match[1].split(","):
            found[name.strip().lstrip("*")] = (_plain_type(match[2] or ""), _text(more))
    return i


def _deeper(lines: List[str], i: int, indent: int) -> Tuple[List[str], int]:
    """The lines from ``i`` on that stand deeper than ``indent``, and where they end."""
    start = i
    while i < len(lines) and (not lines[i].strip() or _indent(lines[i]) > indent):
        i += 1
    end = i
    while end > start and not lines[end - 1].strip():
        end -= 1
    return lines[start:end], i


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _text(lines: List[str]) -> str:
    """The first paragraph of a description."""
    taken: List[str] = []
    for line in lines:
        if not line.strip() and taken:
            break
        taken.append(line.strip())
    return " ".join(it for it in taken if it)


def _plain_type(text: str) -> str:
    return re.sub(r",?\s*(optional|default\b.*)$", "", text.strip()).strip()
