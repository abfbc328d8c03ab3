"""Types of Python as JSON Schemas, and the values of these types from JSON."""

from __future__ import annotations

from typing import Any, Callable, Dict, List, Optional

from ..errors import InvalidInput
from .check import MAX_SAFE_INTEGER, Schema, fits

#: Makes the value of a type from valid JSON; ``None``: the JSON is the value.
Load = Optional[Callable[[Any], Any]]


class Kind:
    """A type: its schema, and how to make its values from JSON."""

    __slots__ = ("schema", "load")

    def __init__(self, schema: Schema, load: Load = None):
        self.schema = schema
        self.load = load

    def value(self, json: Any) -> Any:
        """The value for valid JSON."""
        return json if self.load is None else self.load(json)


def _part(kind: Kind, json: Any, step: Any) -> Any:
    """The value of a part. What its type itself refuses, as a model or a dataclass does, is refused with its place."""
    if kind.load is None:
        return json
    place = f"[{step}]" if isinstance(step, int) else str(step)
    try:
        return kind.load(json)
    except InvalidInput as error:
        issues = [{**it, "path": f"{place}{'' if it['path'][:1] in ('', '[') else '.'}{it['path']}"} for it in error.issues]
        raise InvalidInput(issues) from error
    except (ValueError, TypeError, ArithmeticError) as error:
        raise InvalidInput([{"path": place, "message": str(error) or type(error).__name__}]) from error


def any_kind() -> Kind:
    """Any JSON."""
    return Kind({})


def integer() -> Kind:
    """An ``int``; as for TypeScript, one that every reader of JSON holds."""
    return Kind({"type": "integer", "minimum": -MAX_SAFE_INTEGER, "maximum": MAX_SAFE_INTEGER}, int)


def text(name: str) -> Kind:
    """A text with a format."""

    def load(json: str) -> Any:
        from .texts import parse

        return parse(name, json)

    return Kind({"type": "string", "format": name}, load)


def choices(values: List[Any], load: Load = None) -> Kind:
    """One of some constants."""
    kinds = {_type_name(it) for it in values}
    schema: Schema = {"type": kinds.pop()} if len(kinds) == 1 else {}
    schema.update({"const": values[0]} if len(values) == 1 else {"enum": values})
    return Kind(schema, load)


def _type_name(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    return "number" if isinstance(value, (int, float)) else "string"


def sequence(item: Kind, make: Callable[[Any], Any] = list) -> Kind:
    """A list, or the result of ``make`` for the list."""
    return Kind({"type": "array", "items": item.schema}, lambda json: make([_part(item, it, i) for i, it in enumerate(json)]))


def fixed_tuple(items: List[Kind]) -> Kind:
    """A tuple with a type for each place."""
    count = len(items)
    schema = {"type": "array", "prefixItems": [it.schema for it in items], "items": False}
    return Kind(
        {**schema, "minItems": count, "maxItems": count},
        lambda json: tuple(_part(kind, it, i) for i, (kind, it) in enumerate(zip(items, json))),
    )


def record(item: Kind) -> Kind:
    """A dict with any keys."""
    schema = {"type": "object", "propertyNames": {"type": "string"}, "additionalProperties": item.schema}
    return Kind(schema, lambda json: {key: _part(item, it, key) for key, it in json.items()})


def union(kinds: List[Kind]) -> Kind:
    """One of some types: the first that fits."""
    schemas = [it.schema for it in kinds]
    if any(it == {} for it in schemas):
        return any_kind()
    bare = all(set(it) == {"type"} and isinstance(it["type"], str) and it["type"] in _BARE for it in schemas)
    schema: Schema = {"type": [it["type"] for it in schemas]} if bare else {"anyOf": schemas}

    def load(json: Any) -> Any:
        return next((it.value(json) for it in kinds if fits(it.schema, json)), json)

    return Kind(schema, load)


_BARE = ("string", "number", "boolean", "null")


class Field:
    """A named value of an object: its type, and its default."""

    __slots__ = ("kind", "required", "default")

    def __init__(self, kind: Kind, required: bool, default: Any = None):
        self.kind = kind
        self.required = required
        #: Where it is no constant of JSON, the key is only not required.
        self.default = default

    def schema(self) -> Schema:
        """The schema, with the default if there is one."""
        from ..values import encode

        if self.required or self.default is _NO_DEFAULT:
            return self.kind.schema
        try:
            import json

            default = json.loads(encode(self.default))
        except Exception:  # An object that only marks an argument that is not there.
            return self.kind.schema
        return {"default": default, **self.kind.schema} if fits(self.kind.schema, default) else self.kind.schema


_NO_DEFAULT: Any = object()


def optional(kind: Kind) -> Field:
    """A named value that need not be there, and has no default."""
    return Field(kind, False, _NO_DEFAULT)


def fields_kind(fields: Dict[str, Field], make: Callable[[Dict[str, Any]], Any], is_open: bool = False) -> Kind:
    """An object with named values; with ``is_open``, of any other keys, too."""
    schema: Schema = {"type": "object", "properties": {name: it.schema() for name, it in fields.items()}}
    required = [name for name, it in fields.items() if it.required]
    if required:
        schema["required"] = required
    schema["additionalProperties"] = {} if is_open else False

    def load(json: Dict[str, Any]) -> Any:
        return make({key: _part(fields[key].kind, it, key) if key in fields else it for key, it in json.items()})

    return Kind(schema, load)


def number_pair() -> Kind:
    """A complex number: a number, or its parts."""
    parts = {"re": Field(Kind({"type": "number"}), True), "im": Field(Kind({"type": "number"}), False, 0.0)}
    return union([Kind({"type": "number"}, complex), fields_kind(parts, lambda it: complex(it["re"], it.get("im", 0)))])
