"""The invalid inputs that a method accepts."""

from __future__ import annotations

import json
from typing import Any, Dict, List

from ..driver.errors import InvalidInput

#: For each type, a value of another type.
_WRONG: Dict[str, Any] = {
    "number": "no number",
    "integer": "no number",
    "string": {"no": "text"},
    "boolean": "neither",
    "array": "no list",
    "object": "no object",
}


def accepted_inputs(method: Any) -> List[str]:
    """The invalid inputs that a method accepts. It does not run: an instrument may be connected."""

    def refuses(kwargs: Dict[str, Any]) -> bool:
        key = next(iter(kwargs))
        try:
            method.arguments([], kwargs)
        except InvalidInput as error:
            return any(key in f"{it.get('path')} {it.get('message')}" for it in error.issues)
        except (TypeError, ValueError):
            return True
        return False

    problems = [] if refuses({"no_such_key": 1}) else ["keys that it does not know"]
    for key, schema in method.describe()["input"].get("properties", {}).items():
        kind = schema.get("type")
        if isinstance(kind, list):
            # A value that may be None is checked as the other type; one of several types is not.
            others = [it for it in kind if it != "null"]
            if len(others) != 1:
                continue
            kind = others[0]
        if not isinstance(kind, str):
            if "anyOf" not in schema and "enum" not in schema and "const" not in schema:
                problems.append(f'anything for "{key}": give it a type hint')
        elif kind in _WRONG and not refuses({key: _WRONG[kind]}):
            problems.append(f'{json.dumps(_WRONG[kind])} for "{key}", a {kind}')
    return problems
