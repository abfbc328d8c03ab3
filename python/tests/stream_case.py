from __future__ import annotations

import queue
import threading
from typing import Any, Dict, List
from unittest import mock

from labdaemon.server import SSEClient

from .scripted_server import LIMIT_SECONDS
from .server_case import ServerCase


class StreamCase(ServerCase):
    """A test with clients whose events come into one queue. It fails if a thread of theirs outlives it."""

    def setUp(self) -> None:
        patch = mock.patch("labdaemon.server.backoff.FIRST_DELAY_SECONDS", 0.01)
        patch.start()
        self.addCleanup(patch.stop)
        self.events: "queue.Queue[Dict[str, Any]]" = queue.Queue()

    def client(self, url: str, on_event: Any = None) -> SSEClient:
        client = SSEClient(url, on_event=on_event or self.events.put)
        self.addCleanup(wait_for_threads)
        self.addCleanup(client.stop_stream)
        return client

    def next_event(self) -> Dict[str, Any]:
        return self.events.get(timeout=LIMIT_SECONDS)

    def next_sequences(self, count: int) -> List[int]:
        return [self.next_event()["sequence"] for _ in range(count)]


def wait_for_threads(device_id: str = "") -> None:
    """Every stream's thread (of this device) must end now: one that does not is a leak."""
    for thread in threading.enumerate():
        if thread.name.startswith(f"labdaemon-stream-{device_id}"):
            thread.join(LIMIT_SECONDS)
            if thread.is_alive():
                raise AssertionError(f"{thread.name} still runs")
