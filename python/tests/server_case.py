from __future__ import annotations

import json
import unittest
from typing import Any, Iterable

from labdaemon.server import ServerAPI

from .scripted_server import Script, ScriptedServer
from .scripts import answering


class ServerCase(unittest.TestCase):
    """A test with servers that end with it."""

    def serve(self, *scripts: Script) -> ScriptedServer:
        server = ScriptedServer(*scripts)
        server.listen()
        self.addCleanup(server.close)
        return server

    def check_requests(self, rows: Iterable[Any]) -> None:
        """Of each row, the call sends the request with the body, and returns what is expected of the answer."""
        for call, request, body, answer, expected in rows:
            with self.subTest(request):
                server = self.serve(answering(200, answer))
                self.assertEqual(call(ServerAPI(server.url)), expected)
                asked = server.next_request()
                self.assertEqual(f"{asked.method} {asked.path}", request)
                self.assertEqual(json.loads(asked.body) if asked.body else None, body)
