from __future__ import annotations

import json
import unittest
from typing import Any, Callable, Dict, List, Union
from unittest import mock

from labdaemon import Bench

from ..scripted_server import Exchange, ScriptedServer

_MAX_REQUESTS = 60

PSU = {
    "name": "PowerSupply",
    "status": "loaded",
    "summary": "A supply",
    "sample": {"type": "object", "properties": {"voltage": {"type": "number", "unit": "V"}, "note": {"type": "string"}}},
    "options": {},
    "methods": [
        {
            "name": "ramp",
            "doc": "Ramp the voltage",
            "parameters": [
                {"name": "volts", "type": "number", "required": True, "unit": "V", "description": "The target"},
                {"name": "rate", "type": "number", "required": False, "default": 0.1, "unit": "V/s"},
            ],
            "input": {"additionalProperties": False},
            "limit": 600,
        },
        {"name": "get", "doc": "", "parameters": [], "input": {"additionalProperties": False}},
        {"name": "anything", "doc": "", "parameters": [], "input": {}},
    ],
    "properties": [
        {"name": "voltage", "summary": "Output", "schema": {"unit": "V"}, "writable": True, "readable": True},
        {"name": "serial", "summary": "", "schema": {}, "writable": False, "readable": True},
    ],
}
DEVICE = {
    "device_id": "psu1",
    "device_type": "PowerSupply",
    "state": "connected",
    "last_error": None,
    "can_stream": False,
    "options": {},
}

Answer = Union[Any, Callable[[Exchange], Any]]


class BenchCase(unittest.TestCase):
    """A test with a bench whose daemon answers each request by its route.

    A route's answer is a body, a tuple of a status and a body, or a function of the exchange that returns one of these, or
    None if it has answered itself.
    """

    def setUp(self) -> None:
        self.asked: List[str] = []
        self.bodies: List[Any] = []
        self.routes: Dict[str, Answer] = {
            "GET /devices": {"devices": [DEVICE]},
            "GET /devices/psu1": DEVICE,
            "GET /drivers": {"drivers": [PSU, {"name": None, "status": "failed"}]},
        }
        patch = mock.patch("labdaemon.server.backoff.FIRST_DELAY_SECONDS", 0.01)
        patch.start()
        self.addCleanup(patch.stop)
        server = ScriptedServer(*[self._answer] * _MAX_REQUESTS)
        server.listen()
        self.addCleanup(server.close)
        self.url = server.url
        self.bench = Bench(server.url)

    def _answer(self, exchange: Exchange) -> None:
        asked = f"{exchange.method} {exchange.path}"
        self.asked.append(asked)
        if exchange.body:
            self.bodies.append(json.loads(exchange.body))
        answer = self.routes.get(asked, (404, refusal("NotFound", f"there is no {asked}")))
        if callable(answer):
            answer = answer(exchange)
        if answer is None:
            return
        status, body = answer if isinstance(answer, tuple) else (200, answer)
        exchange.answer_json(status, body)


def refusal(kind: str, message: str) -> Any:
    return {"error": {"type": kind, "message": message, "origin": "framework", "timestamp": "t", "context": {}}}
