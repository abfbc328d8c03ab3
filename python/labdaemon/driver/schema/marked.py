"""The marks of ``Annotated``: units, limits and descriptions of a type."""

from __future__ import annotations

from typing import Any, Dict

from .kinds import Kind
from ..marks import Length, Mark


def marked(kind: Kind, mark: Any) -> Kind:
    """The type with a mark of ``Annotated``."""
    if isinstance(mark, Kind):
        return mark
    keywords = _keywords(mark, kind.schema.get("type") == "array")
    if not keywords:
        return kind
    return Kind(_with(kind.schema, keywords), kind.load)


def _with(schema: Dict[str, Any], keywords: Dict[str, Any]) -> Dict[str, Any]:
    """The schema with more keywords; of a union, texts for people beside it, and limits in what they limit."""
    about = {key: it for key, it in keywords.items() if key in ("unit", "description", "title", "secret", "default", "step", "examples")}
    limits = {key: it for key, it in keywords.items() if key not in about}
    types_ = schema.get("type")
    if limits and isinstance(types_, list):
        schema = {**{key: it for key, it in schema.items() if key != "type"}, "anyOf": [{"type": it} for it in types_]}
    if limits and "anyOf" in schema:
        of_type = "string" if "pattern" in limits or "maxLength" in limits or "minLength" in limits else None
        schema = {**schema, "anyOf": [
            {**it, **limits} if it.get("type") == of_type or (of_type is None and it.get("type") in ("number", "integer"))
            else it for it in schema["anyOf"]
        ]}
        limits = {}
    return {**about, **schema, **limits, **about}


_SIZES = {"gt": "exclusiveMinimum", "ge": "minimum", "lt": "exclusiveMaximum", "le": "maximum", "multiple_of": "multipleOf"}


def _keywords(mark: Any, is_list: bool) -> Dict[str, Any]:
    what = "Items" if is_list else "Length"
    if isinstance(mark, Length):
        both = {f"min{what}": mark.min, f"max{what}": mark.max}
        return {key: it for key, it in both.items() if it is not None}
    if isinstance(mark, Mark):
        return mark.keywords
    if isinstance(mark, str):
        return {"description": mark}
    # Marks of annotated_types, typing.Doc, and pydantic's Field, by what they have.
    found: Dict[str, Any] = {}
    for inner in getattr(mark, "metadata", None) or ():
        found.update(_keywords(inner, is_list))
    for name, key in {**_SIZES, "pattern": "pattern", "documentation": "description", "description": "description",
                      "min_length": f"min{what}", "max_length": f"max{what}"}.items():
        value = getattr(mark, name, None)
        if isinstance(value, (int, float, str)) and not isinstance(value, bool):
            found[key] = value
    extra = getattr(mark, "json_schema_extra", None)
    return {**found, **extra} if isinstance(extra, dict) else found
