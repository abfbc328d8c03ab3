"""Types that are made of others: enums, typed dicts, dataclasses, named tuples, models of pydantic."""

from __future__ import annotations

import sys
from typing import Any, Dict, Optional

from . import kinds
from ..errors import InvalidInput
from .kinds import Field, Kind


def of_enum(cls: Any) -> Optional[Kind]:
    """An ``Enum``, by the values of its members; by their names, where the values are not all constants of JSON."""
    enum = sys.modules.get("enum")
    if enum is None or not issubclass(cls, enum.Enum):
        return None
    members = list(cls)
    if all(type(it.value) in (str, int, float, bool) or isinstance(it.value, (str, int)) for it in members):
        by_json = {it.value: it for it in members}
    else:
        by_json = {it.name: it for it in members}
    return kinds.choices(list(by_json), by_json.get) if by_json else None


def of_typed_dict(cls: Any) -> Optional[Kind]:
    """A ``TypedDict``."""
    if not (issubclass(cls, dict) and hasattr(cls, "__total__") and hasattr(cls, "__required_keys__")):
        return None
    return kinds.fields_kind(fields_of_typed_dict(cls), dict)


def fields_of_typed_dict(cls: Any) -> Dict[str, Field]:
    """The keys of a ``TypedDict``."""
    from .hints import kind_of
    from .resolve import hints_of

    hints = hints_of(cls)
    required = {name for name in hints if name in getattr(cls, "__required_keys__", ())}
    for name, hint in hints.items():
        # From __future__ import annotations hides these from the class itself.
        origin = getattr(hint, "__origin__", None)
        marker = getattr(origin, "__name__", getattr(origin, "_name", "")) or _written_marker(cls, name)
        if marker == "NotRequired":
            required.discard(name)
        elif marker == "Required":
            required.add(name)
    return {
        name: Field(kind_of(hint), True) if name in required else kinds.optional(kind_of(hint))
        for name, hint in hints.items()
    }


def _written_marker(cls: Any, name: str) -> str:
    """The marker before an annotation that cannot be resolved."""
    for base in cls.__mro__:
        text = vars(base).get("__annotations__", {}).get(name)
        text = getattr(text, "__forward_arg__", text)
        if isinstance(text, str):
            return text.partition("[")[0].rpartition(".")[2]
    return ""


def of_dataclass(cls: Any) -> Optional[Kind]:
    """A dataclass: the parameters of its constructor."""
    if not hasattr(cls, "__dataclass_fields__"):
        return None
    import dataclasses

    from .hints import kind_of
    from .marked import marked
    from .resolve import hints_of

    hints = hints_of(cls)
    fields: Dict[str, Field] = {}
    for it in dataclasses.fields(cls):
        if not it.init:
            continue
        kind = kind_of(hints.get(it.name, Any))
        unit, doc = it.metadata.get("unit"), it.metadata.get("description")
        for key, value in (("unit", unit), ("description", doc)):
            if isinstance(value, str):
                from ..marks import Mark

                kind = marked(kind, Mark({key: value}))
        if it.default is not dataclasses.MISSING:
            fields[it.name] = Field(kind, False, it.default)
        elif it.default_factory is not dataclasses.MISSING:
            fields[it.name] = Field(kind, False, it.default_factory())
        else:
            fields[it.name] = Field(kind, True)
    return kinds.fields_kind(fields, lambda it: cls(**it))


def of_named_tuple(cls: Any) -> Optional[Kind]:
    """A ``NamedTuple``, as an object."""
    if not (issubclass(cls, tuple) and hasattr(cls, "_fields")):
        return None
    from .hints import named_fields
    from .resolve import hints_of

    known = hints_of(cls)
    hints = {name: known.get(name, Any) for name in cls._fields}
    required = {name for name in hints if name not in cls._field_defaults}
    return kinds.fields_kind(named_fields(hints, required, cls._field_defaults), lambda it: cls(**it))


def of_model(cls: Any) -> Optional[Kind]:
    """A model of pydantic. A refusal of its validators keeps their words."""
    if not (hasattr(cls, "model_json_schema") and hasattr(cls, "model_validate")):
        return None
    schema = cls.model_json_schema(mode="validation")
    plain = without_refs(schema, schema.get("$defs", {}))

    def load(json: Any) -> Any:
        try:
            return cls.model_validate(json)
        except ValueError as error:
            issues = getattr(error, "errors", lambda: [{"loc": (), "msg": str(error)}])()
            from .check import path_text

            raise InvalidInput([{"path": path_text(it["loc"]), "message": it["msg"]} for it in issues]) from error

    return Kind(plain, load)


#: Schemas inside each other; a model that contains itself is open beyond it.
_MAX_DEPTH = 20


def without_refs(schema: Any, definitions: Dict[str, Any], depth: int = 0) -> Any:
    """The schema with its definitions in the places where they are used, and without titles."""
    if isinstance(schema, list):
        return [without_refs(it, definitions, depth) for it in schema]
    if not isinstance(schema, dict):
        return schema
    if depth > _MAX_DEPTH:
        return {}
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        own = {key: it for key, it in schema.items() if key != "$ref"}
        return {**without_refs(definitions.get(name, {}), definitions, depth + 1), **own}
    plain = {
        key: {name: without_refs(it, definitions, depth + 1) for name, it in value.items()}
        if key == "properties" else without_refs(value, definitions, depth + 1)
        for key, value in schema.items() if key not in ("$defs", "title")
    }
    if plain.get("type") == "object" and "properties" in plain:
        plain.setdefault("additionalProperties", False)
    return plain
