"""A bench and a device as tables, for notebooks and terminals. Showing one never raises."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any, Dict, List, NamedTuple, Sequence

from ..server.errors import ServerAPIError

if TYPE_CHECKING:
    from .bench import Bench
    from .device import Device

_MAX_CELL = 60


class Table(NamedTuple):
    """A title, lines below it, and rows."""

    title: str
    lines: List[str]
    head: Sequence[str]
    rows: Sequence[Sequence[str]]


def of_bench(bench: Bench) -> Table:
    """The devices with their states."""
    title = f"Bench {bench.url}"
    try:
        devices = bench.api.list_devices()
    except ServerAPIError as error:
        return Table(title, [str(error)], (), [])
    rows = [_device_row(each) for each in devices]
    return Table(title, [] if rows else ["no devices"], ("device", "type", "state", "last error"), rows)


def of_device(device: Device) -> Table:
    """The front panel: the values of the properties, and the methods."""
    api = device._bench.api
    title = device.id
    try:
        info = api.get_device(device.id)
        title = f"{device.id}: {info.get('device_type')}, {info.get('state')}"
        values = api.get_device_properties(device.id)
        methods = device.methods
    except ServerAPIError as error:
        return Table(title, [str(error)], (), [])
    lines = [_cut(str(info["last_error"].get("message")))] if info.get("last_error") else []
    if methods:
        lines.append("methods: " + ", ".join(f"{name}()" for name in methods))
    if info.get("can_stream"):
        options = ", ".join(f"{key}={value}" for key, value in (info.get("options") or {}).items())
        lines.append(f"streams: {options or 'yes'}")
    rows = [_property_row(each) for each in values]
    return Table(title, lines, ("property", "value", "unit", "range", "summary"), rows)


def text(table: Table) -> str:
    """The table in columns."""
    lines = [table.title, *(f"  {line}" for line in table.lines)]
    if table.rows:
        widths = [max(len(row[index]) for row in [table.head, *table.rows]) for index in range(len(table.head))]
        for row in [table.head, *table.rows]:
            lines.append("  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip())
    return "\n".join(lines)


def html(table: Table) -> str:
    """The table for a notebook."""
    parts = [f"<strong>{escape(table.title)}</strong>", *(f"<div>{escape(line)}</div>" for line in table.lines)]
    if table.rows:
        head = "".join(f"<th style='text-align:left'>{escape(cell)}</th>" for cell in table.head)
        rows = ["".join(f"<td style='text-align:left'>{escape(cell)}</td>" for cell in row) for row in table.rows]
        body = "".join(f"<tr>{row}</tr>" for row in rows)
        parts.append(f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>")
    return f"<div>{''.join(parts)}</div>"


def _device_row(device: Dict[str, Any]) -> List[str]:
    error = device.get("last_error") or device.get("error") or {}
    cells = (device.get("device_id"), device.get("device_type"), device.get("state"), error.get("message"))
    return ["" if cell is None else _cut(str(cell)) for cell in cells]


def _property_row(each: Dict[str, Any]) -> List[str]:
    schema = each.get("schema") or {}
    value = f"{_shown(each.get('value'))}" + (f" ({each['error'].get('message')})" if each.get("error") else "")
    name = each["name"] + ("" if each.get("writable") else " (read-only)")
    return [name, _cut(value), str(schema.get("unit") or ""), _range(schema), _cut(each.get("summary") or "")]


def _shown(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, dict) and value.keys() == {"dtype", "shape", "base64"}:
        return f"{value['dtype']} {value['shape']}"
    return "–" if value is None else str(value)


def _range(schema: Dict[str, Any]) -> str:
    if isinstance(schema.get("enum"), list):
        return _cut(", ".join(map(str, schema["enum"])))
    low = schema.get("minimum", schema.get("exclusiveMinimum"))
    high = schema.get("maximum", schema.get("exclusiveMaximum"))
    # JavaScript's whole numbers have these limits; they are none of the instrument's.
    low, high = (None if limit is None or abs(limit) > 9e15 else limit for limit in (low, high))
    if low is None and high is None:
        return ""
    return f"{'' if low is None else _shown(low)} … {'' if high is None else _shown(high)}".strip()


def _cut(words: str) -> str:
    words = " ".join(words.split())
    return words if len(words) <= _MAX_CELL else words[: _MAX_CELL - 1] + "…"
