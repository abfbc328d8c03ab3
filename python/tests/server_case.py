from __future__ import annotations

import unittest

from .scripted_server import Script, ScriptedServer


class ServerCase(unittest.TestCase):
    """A test with servers that end with it."""

    def serve(self, *scripts: Script) -> ScriptedServer:
        server = ScriptedServer(*scripts)
        server.listen()
        self.addCleanup(server.close)
        return server
