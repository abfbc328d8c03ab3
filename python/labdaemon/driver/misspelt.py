"""Guesses misspelt functions, as ``lib/driver/misspelt_functions.ts`` does."""

from __future__ import annotations

from typing import Any, List, Tuple

from .members import CONTRACT


def misspelt(device: Any) -> List[Tuple[str, str]]:
    """Functions whose names differ from one of the host's in a letter, or in case, each with that one."""
    names = [it for it in dir(type(device)) if not it.startswith("_")]
    found = []
    for name in names:
        meant = next((it for it in CONTRACT if _is_nearly(name, it)), None)
        if meant and meant not in names and callable(getattr(type(device), name, None)):
            found.append((name, meant))
    return found


def _is_nearly(found: str, name: str) -> bool:
    a, b = found.lower().replace("_", ""), name.lower().replace("_", "")
    if a == b:
        return found != name
    return len(name) >= 6 and abs(len(a) - len(b)) <= 1 and _is_one_edit(a, b)


def _is_one_edit(a: str, b: str) -> bool:
    i = 0
    while i < min(len(a), len(b)) and a[i] == b[i]:
        i += 1
    swapped = len(a) == len(b) and a[i : i + 2] == b[i : i + 2][::-1] and a[i + 2 :] == b[i + 2 :]
    return a[i + 1 :] == b[i + 1 :] or a[i + 1 :] == b[i:] or a[i:] == b[i + 1 :] or swapped
