"""The scripts of a scripted server, and the words in them."""

from __future__ import annotations

import json
from typing import Any

from .scripted_server import Exchange, Script

STATE = (
    b'event: device_state\ndata: {"event":"device_state","device_id":"daq1","timestamp":"t","state":"streaming"}\n\n'
)


def answering(status: int, body: Any = None) -> Script:
    return lambda exchange: exchange.answer_json(status, body)


def playing(*pieces: bytes) -> Script:
    """A stream that sends these chunks, and is silent until the client leaves."""

    def script(exchange: Exchange) -> None:
        exchange.begin_stream()
        for piece in pieces:
            exchange.send(piece)
        exchange.wait_until_client_leaves()

    return script


def ending(*pieces: bytes) -> Script:
    """A stream that sends these chunks and ends as it should."""

    def script(exchange: Exchange) -> None:
        exchange.begin_stream()
        for piece in pieces:
            exchange.send(piece)
        exchange.end_stream()

    return script


def frame(sequence: int, payload: Any = 1.5) -> bytes:
    """A sample as the server sends it."""
    envelope = {
        "event": "device_data",
        "device_id": "daq1",
        "sequence": sequence,
        "timestamp": "2026-11-22T06:25:52.123456Z",
        "payload": payload,
    }
    data = json.dumps(envelope, ensure_ascii=False)
    return f"id: k3f9-{sequence}\nevent: device_data\ndata: {data}\n\n".encode()


def error_body(kind: str, message: str, origin: str = "framework") -> Any:
    report = {
        "type": kind,
        "message": message,
        "origin": origin,
        "timestamp": "2026-11-22T06:25:52.123456Z",
        "context": {"device_id": "daq1"},
    }
    return {"error": report}
