from __future__ import annotations

import threading
from typing import Any, Dict
from unittest import mock
from urllib.parse import parse_qs, urlsplit

from labdaemon.server import SSEClient

from .log_awaiter import LogAwaiter
from .scripted_server import LIMIT_SECONDS, Exchange
from .scripts import ending, frame, playing
from .stream_case import StreamCase, wait_for_threads


class SSEStartingAndStoppingTest(StreamCase):
    def test_options_travel_in_the_query(self) -> None:
        server = self.serve(playing())
        client = self.client(server.url)
        client.start_device_stream(
            "daq 1", since="k3f9-7", past=1.5, max_rate=20, sample_rate=100.5, fast=True, on=[1, 2], gain=None
        )
        url = urlsplit(server.next_request().path)
        self.assertEqual(url.path, "/stream/devices/daq%201")
        fields = {"since": ["k3f9-7"], "past": ["1.5"], "max_rate": ["20"]}
        options = {"sample_rate": ["100.5"], "fast": ["true"], "on": ["1,2"]}
        self.assertEqual(parse_qs(url.query), {**fields, **options})

    def test_driver_options_may_be_nested_under_options(self) -> None:
        server = self.serve(playing())
        client = self.client(server.url)
        client.start_device_stream("daq1", max_rate=20, options={"sample_rate": 100, "on": [1, 2]}, fast=True)
        url = urlsplit(server.next_request().path)
        expected = {"max_rate": ["20"], "sample_rate": ["100"], "on": ["1,2"], "fast": ["true"]}
        self.assertEqual(parse_qs(url.query), expected)

    def test_stopping_is_prompt_while_the_server_is_silent(self) -> None:
        server = self.serve(playing(frame(0)))
        client = self.client(server.url)
        self.assertFalse(client.is_running())
        client.start_device_stream("daq1")
        self.next_event()
        self.assertTrue(client.is_running())
        self.assertTrue(client.stop_stream())
        self.assertFalse(client.is_running())
        wait_for_threads()
        self.assertTrue(client.stop_stream(), "stopping twice is fine")
        self.assertEqual(client.last_event_id, "k3f9-0")

    def test_stopping_is_prompt_while_the_server_has_not_answered(self) -> None:
        server = self.serve(Exchange.wait_until_client_leaves)
        client = self.client(server.url)
        client.start_device_stream("daq1")
        server.next_request()
        client.stop_stream()
        wait_for_threads()

    def test_stopping_is_prompt_between_two_attempts(self) -> None:
        server = self.serve(ending(b"retry: 999999999\n\n" + frame(0)))
        with mock.patch("labdaemon.server.backoff.MAX_DELAY_SECONDS", 3600.0), LogAwaiter() as log:
            client = self.client(server.url)
            client.start_device_stream("daq1")
            log.wait("the server ended it")
            client.stop_stream()
            wait_for_threads()

    def test_nothing_arrives_after_stopping_though_more_is_there(self) -> None:
        entered, gate = threading.Event(), threading.Event()
        self.addCleanup(gate.set)

        def on_event(event: Dict[str, Any]) -> None:
            self.events.put(event)
            entered.set()
            gate.wait(LIMIT_SECONDS)

        server = self.serve(playing(frame(0) + frame(1) + frame(2)))
        client = self.client(server.url, on_event)
        client.start_device_stream("daq1")
        entered.wait(LIMIT_SECONDS)
        self.assertFalse(client.stop_stream(timeout=0), "a call is still running, and stop_stream returns False")
        gate.set()
        self.assertTrue(client.stop_stream(timeout=None))
        wait_for_threads()
        self.assertEqual(self.next_sequences(1), [0])
        self.assertTrue(self.events.empty())

    def test_on_event_may_stop_the_stream_and_the_rest_can_be_resumed(self) -> None:
        def on_event(event: Dict[str, Any]) -> None:
            self.events.put(event)
            if event["sequence"] == 1:
                client.stop_stream()

        server = self.serve(playing(frame(0) + frame(1) + frame(2)), playing(frame(2)))
        client = self.client(server.url, on_event)
        client.start_device_stream("daq1")
        wait_for_threads()
        self.assertEqual(client.last_event_id, "k3f9-1")
        client.start_device_stream("daq1", since=client.last_event_id)
        self.assertEqual(self.next_sequences(3), [0, 1, 2])
        server.next_request()
        self.assertEqual(server.next_request().path, "/stream/devices/daq1?since=k3f9-1")

    def test_starting_another_stream_stops_the_one_that_runs(self) -> None:
        server = self.serve(playing(frame(0)), playing(frame(100)))
        client = self.client(server.url)
        client.start_device_stream("daq1")
        self.assertEqual(self.next_sequences(1), [0])
        client.start_device_stream("daq2")
        self.assertEqual(self.next_sequences(1), [100])
        self.assertEqual(
            [server.next_request().path for _ in range(2)], ["/stream/devices/daq1", "/stream/devices/daq2"]
        )
        wait_for_threads("daq1")

    def test_starting_returns_at_once_without_a_server_and_leaving_the_block_stops(self) -> None:
        with LogAwaiter() as log:
            with SSEClient("http://127.0.0.1:9") as client:
                client.start_device_stream("daq1")
                self.assertTrue(client.is_running())
                log.wait("refused")
            self.assertFalse(client.is_running())
            wait_for_threads()
