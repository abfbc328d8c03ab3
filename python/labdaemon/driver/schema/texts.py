"""Texts that stand for times and identifiers."""

from __future__ import annotations

import re
from typing import Any

_TIME = r"(?:[01]\d|2[0-3]):[0-5]\d"
_FORMS = {
    "date-time": rf"\d{{4}}-\d\d-\d\dT{_TIME}:[0-5]\d(?:\.\d+)?(?:Z|[+-]{_TIME})",
    "date": r"\d{4}-\d\d-\d\d",
    "time": rf"{_TIME}(?::[0-5]\d(?:\.\d+)?)?",
    "uuid": r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}",
}


def has_format(name: str, text: str) -> bool:
    """True for a text of this format of JSON Schema."""
    if not re.fullmatch(_FORMS[name], text):
        return False
    try:
        parse(name, text)
    except ValueError:
        return False
    return True


def parse(name: str, text: str) -> Any:
    """The value of a text with a format.

    Raises ``ValueError`` for a day that there is not.
    """
    import datetime
    import uuid

    if name == "uuid":
        return uuid.UUID(text)
    if name == "date":
        return datetime.date.fromisoformat(text)
    # Before Python 3.11, fractions have three or six digits, and Z is not known.
    text = re.sub(r"\.(\d+)", lambda it: f".{it[1][:6]:0<6}", text.replace("Z", "+00:00"))
    if name == "time":
        return datetime.time.fromisoformat(text)
    return datetime.datetime.fromisoformat(text)
