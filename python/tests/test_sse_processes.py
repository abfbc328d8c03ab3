"""A stream, and the processes of a program: forks, and the program's end."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import threading
import unittest
from pathlib import Path
from typing import Any, Callable, Dict, List

from labdaemon.server import SSEClient

from .scripted_server import LIMIT_SECONDS, Exchange
from .scripts import frame, playing
from .stream_case import StreamCase

# The terminal takes the sample only when the program has ended.
PRINTING = """
import io, sys, threading, time
from labdaemon.server import SSEClient

entered = threading.Event()

class SlowTerminal(io.RawIOBase):
    def writable(self):
        return True

    def write(self, data):
        entered.set()
        while threading.main_thread().is_alive():
            time.sleep(0.001)
        time.sleep(0.1)
        return sys.__stderr__.buffer.write(data)

sys.stdout = io.TextIOWrapper(io.BufferedWriter(SlowTerminal()))
client = SSEClient(sys.argv[1], on_event=lambda event: print(event["sequence"], flush=True))
client.start_device_stream("daq1")
entered.wait()
"""


def streaming_until(gate: threading.Event) -> Callable[[Exchange], None]:
    """Sends one sample, and another one when the gate opens."""

    def script(exchange: Exchange) -> None:
        exchange.begin_stream()
        exchange.send(frame(0))
        gate.wait(LIMIT_SECONDS)
        exchange.send(frame(1))
        exchange.wait_until_client_leaves()

    return script


class Child:
    """A forked child that runs a function. ``result`` waits for what it reports."""

    def __init__(self, run: Callable[[], Any]) -> None:
        reader, writer = os.pipe()
        self._pid = os.fork()
        if self._pid == 0:
            try:
                os.write(writer, json.dumps(run()).encode())
            except BaseException as failure:
                os.write(writer, json.dumps(repr(failure)).encode())
            finally:
                os._exit(0)
        os.close(writer)
        self._reader = reader

    def result(self) -> Any:
        with open(self._reader, "rb") as pipe:
            content = pipe.read()
        os.waitpid(self._pid, 0)
        return json.loads(content)


@unittest.skipUnless(hasattr(os, "fork"), "this system cannot fork")
class SSEForkTest(StreamCase):
    def test_stopping_in_a_forked_child_does_not_cut_the_parents_stream(self) -> None:
        gate = threading.Event()
        self.addCleanup(gate.set)
        server = self.serve(streaming_until(gate), playing(frame(9)))
        client = self.client(server.url)
        client.start_device_stream("daq1")
        self.assertEqual(self.next_sequences(1), [0])

        def child() -> Any:
            with client:
                pass
            return [client.is_running(), client.last_event_id]

        self.assertEqual(Child(child).result(), [False, "k3f9-0"])
        gate.set()
        self.assertEqual(self.next_sequences(1), [1])
        self.assertTrue(client.is_running())
        self.assertEqual(server.requests.qsize(), 1)

    def test_a_forked_child_is_warned_that_it_gets_no_events_and_may_begin_its_own_stream(self) -> None:
        server = self.serve(playing(frame(0)), playing(frame(5)))
        client = self.client(server.url)
        lines: List[str] = []
        handler = logging.Handler()
        handler.emit = lambda record: lines.append(record.getMessage())  # type: ignore[method-assign]
        logging.getLogger("labdaemon.server").addHandler(handler)
        self.addCleanup(logging.getLogger("labdaemon.server").removeHandler, handler)
        client.start_device_stream("daq1")
        self.assertEqual(self.next_sequences(1), [0])
        parent = os.getpid()

        def child() -> Any:
            arrived, sequences = threading.Event(), []

            def on_event(event: Dict[str, Any]) -> None:
                sequences.append(event["sequence"])
                arrived.set()

            client.on_event = on_event
            client.start_device_stream("daq1", since=client.last_event_id)
            arrived.wait(LIMIT_SECONDS)
            client.stop_stream()
            return [lines, sequences, os.getpid()]

        warnings, sequences, pid = Child(child).result()
        self.assertEqual(sequences, [5])
        self.assertEqual(
            warnings,
            [
                f'The stream of "daq1" stays with the process {parent}: process {pid}, its child, gets no events. '
                "start_device_stream() begins a stream of its own"
            ],
        )
        self.assertEqual(lines, [])

    def test_a_fork_inside_on_event_leaves_the_stream_with_the_parent(self) -> None:
        gate = threading.Event()
        self.addCleanup(gate.set)
        results: List[Any] = []

        def on_event(event: Dict[str, Any]) -> None:
            if event["sequence"] == 0:
                results.append(Child(lambda: [client.stop_stream(), client.is_running()]).result())
            self.events.put(event)

        server = self.serve(streaming_until(gate))
        client = self.client(server.url, on_event)
        client.start_device_stream("daq1")
        self.assertEqual(self.next_sequences(1), [0])
        gate.set()
        self.assertEqual(self.next_sequences(1), [1])
        self.assertEqual(results, [[True, False]])

    def test_a_child_that_forked_while_on_event_ran_does_not_wait_for_a_lock_of_the_parent(self) -> None:
        entered, gate = threading.Event(), threading.Event()

        def on_event(event: Dict[str, Any]) -> None:
            entered.set()
            gate.wait(LIMIT_SECONDS)

        server = self.serve(playing(frame(0)))
        client = self.client(server.url, on_event)
        self.addCleanup(gate.set)
        client.start_device_stream("daq1")
        entered.wait(LIMIT_SECONDS)
        self.assertEqual(Child(lambda: client.stop_stream(timeout=None)).result(), True)


class SSEEndOfProgramTest(StreamCase):
    def test_a_program_that_ends_while_a_sample_is_printed_ends_without_an_abort(self) -> None:
        server = self.serve(playing(frame(7)))
        env = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
        program = [sys.executable, "-c", PRINTING, server.url]
        ended = subprocess.run(program, stderr=subprocess.PIPE, env=env, timeout=4 * LIMIT_SECONDS)
        self.assertEqual((ended.returncode, ended.stderr), (0, b"7\n"))
