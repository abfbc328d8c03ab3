from __future__ import annotations

import os
import threading
import unittest
import warnings
from datetime import datetime, timezone
from typing import Any, List
from unittest import mock

from labdaemon import Bench, Gap, GapError, Sample, Stream
from labdaemon.server import (
    DeviceFaultedError,
    DeviceNotFoundError,
    InvalidRequestError,
    ServerConnectionError,
)

from ..scripted_server import LIMIT_SECONDS, Exchange
from ..scripts import answering, ending, error_body, frame, playing
from ..server_case import ServerCase
from ..test_sse_processes import Child
from .events import event, gap, state


class StreamTest(ServerCase):
    def setUp(self) -> None:
        patch = mock.patch("labdaemon.server.backoff.FIRST_DELAY_SECONDS", 0.01)
        patch.start()
        self.addCleanup(patch.stop)

    def stream(self, *scripts: Any, **settings: Any) -> Stream:
        self.server = self.serve(*scripts)
        from labdaemon.client.device import Device

        stream = Device(Bench(self.server.url), "daq1").stream(**settings)
        self.addCleanup(stream.close)
        return stream

    def test_it_yields_the_samples_in_order(self) -> None:
        stream = self.stream(playing(state("streaming"), frame(0), frame(1, 2.5) + frame(2)), sample_rate=100, max_rate=5)
        samples = take(stream, 3)
        self.assertEqual([each.sequence for each in samples], [0, 1, 2])
        self.assertEqual([each.value for each in samples], [1.5, 2.5, 1.5])
        time = datetime(2026, 11, 22, 6, 25, 52, 123456, timezone.utc)
        self.assertEqual((samples[0].timestamp, samples[0].received, samples[0].device_id), (time, time, "daq1"))
        self.assertEqual(stream.states, {"daq1": "streaming"})
        self.assertEqual(self.server.next_request().path, "/stream/devices/daq1?max_rate=5&sample_rate=100")

    def test_an_option_with_a_name_of_its_own_goes_into_options(self) -> None:
        stream = self.stream(playing(frame(0)), options={"timeout": 3, "gaps": True})
        take(stream, 1)
        self.assertEqual(self.server.next_request().path, "/stream/devices/daq1?timeout=3&gaps=true")

    def test_a_gap_raises_and_the_stream_goes_on(self) -> None:
        stream = self.stream(playing(frame(0), gap(1, 4), frame(5)))
        take(stream, 1)
        with self.assertRaisesRegex(GapError, '"daq1" lacks 4 samples, 1 to 4: slow-reader') as raised:
            next(stream)
        self.assertEqual((raised.exception.gap.first, raised.exception.gap.lost), (1, 4))
        self.assertEqual([each.sequence for each in take(stream, 1)], [5])

    def test_a_gap_is_yielded_or_ignored_as_asked(self) -> None:
        script = playing(frame(0), gap(1, 4), frame(5))
        first, missing, last = take(self.stream(script, gaps="yield"), 3)
        self.assertIsInstance(missing, Gap)
        self.assertEqual((missing.last, missing.reason), (4, "slow-reader"))
        stream = self.stream(script, gaps="ignore")
        self.assertEqual([each.sequence for each in take(stream, 2)], [0, 5])
        self.assertEqual([each.lost for each in stream.gaps], [4])
        with self.assertRaisesRegex(ValueError, "'raise', 'yield', 'ignore'"):
            self.stream(gaps="no")

    def test_a_lost_connection_is_resumed_after_the_last_sample(self) -> None:
        broken = lambda exchange: exchange.answer(503)  # noqa: E731
        absent = answering(404, error_body("DeviceNotFound", "not yet"))
        stream = self.stream(ending(frame(0)), broken, absent, playing(frame(1)), past=3)
        with self.assertLogs("labdaemon", "WARNING") as logs:
            self.assertEqual([each.sequence for each in take(stream, 2)], [0, 1])
        self.assertEqual(len(logs.output), 1)
        ids = [self.server.next_request().headers["Last-Event-ID"] for _ in range(4)]
        self.assertEqual(ids, [None, "k3f9-0", "k3f9-0", "k3f9-0"])
        self.assertEqual(stream.last_event_id, "k3f9-1")

    def test_what_is_wrong_at_the_start_raises(self) -> None:
        with self.assertRaises(ServerConnectionError):
            next(Bench("http://127.0.0.1:2").stream("daq1"))
        with self.assertRaises(DeviceNotFoundError):
            next(self.stream(answering(404, error_body("DeviceNotFound", "unknown"))))
        with self.assertRaises(InvalidRequestError):
            next(self.stream(answering(400, error_body("InvalidRequest", "unknown option"))))

    def test_a_faulted_or_removed_device_raises(self) -> None:
        error = {"type": "Crash", "message": "it crashed", "origin": "device"}
        with self.assertRaisesRegex(DeviceFaultedError, '"daq1" is faulted: it crashed'):
            next(self.stream(playing(state("faulted", error=error))))
        with self.assertRaisesRegex(DeviceNotFoundError, '"daq1" was removed'):
            next(self.stream(playing(state("disconnected", reason="removed"))))

    def test_a_driver_that_still_loads_after_a_start_is_logged_and_waited_for(self) -> None:
        context = {"device_type": "Slow", "loading": True}
        error = {"type": "DeviceTypeNotFound", "message": "some driver files still load", "origin": "framework", "context": context}
        stream = self.stream(playing(state("faulted", error=error), frame(0)))
        with self.assertLogs("labdaemon", "WARNING") as logs:
            take(stream, 1)
        self.assertIn('"daq1" is faulted, no samples until it is connected: some driver files still load', logs.output[0])

    def test_an_instrument_that_is_away_is_logged_and_waited_for(self) -> None:
        error = {"type": "Refused", "message": "no answer", "origin": "device"}
        away = state("retrying", error=error, retry_in=2)
        stream = self.stream(playing(away, away, frame(0)))
        with self.assertLogs("labdaemon", "WARNING") as logs:
            take(stream, 1)
        self.assertEqual(logs.output, [
            'WARNING:labdaemon:"daq1" is retrying, no samples until it is connected: no answer, next attempt in 2 s'
        ])

    def test_other_options_than_asked_for_are_a_warning(self) -> None:
        stream = self.stream(playing(event("options", options={"sample_rate": 10}), frame(0)), sample_rate=100)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            take(stream, 1)
        self.assertIn("with other options: {'sample_rate': 10}", str(caught[0].message))
        self.assertEqual(stream.other_options, {"sample_rate": 10})

    def test_silence_is_a_timeout_as_asked_and_the_next_read_resumes(self) -> None:
        stream = self.stream(playing(state("streaming"), frame(0)), playing(frame(1)))
        take(stream, 1)
        with self.assertRaisesRegex(TimeoutError, 'No sample of "daq1" for 0.02 s: daq1 is streaming'):
            stream.fetch(timeout=0.02)
        self.assertEqual(take(stream, 1)[0].sequence, 1)
        self.assertEqual(self.requests(2)[1].headers["Last-Event-ID"], "k3f9-0")
        with self.assertRaisesRegex(TimeoutError, 'No sample of "daq1" for 0.02 s'):
            next(self.stream(Exchange.wait_until_client_leaves, timeout=0.02))

    def test_closing_from_another_thread_ends_the_loop(self) -> None:
        left = threading.Event()

        def script(exchange: Exchange) -> None:
            playing(frame(0))(exchange)
            left.set()

        stream = self.stream(script)
        take(stream, 1)
        closer = threading.Timer(0.02, stream.close)
        closer.start()
        self.assertEqual(list(stream), [])
        self.assertTrue(left.wait(LIMIT_SECONDS))
        self.assertEqual(list(stream), [])
        closer.join()

    def test_leaving_the_loop_closes_the_connection(self) -> None:
        left = threading.Event()

        def script(exchange: Exchange) -> None:
            playing(frame(0))(exchange)
            left.set()

        server = self.serve(script)
        for sample in Bench(server.url).stream("daq1", "host1"):
            self.assertEqual(sample.sequence, 0)
            break
        del sample
        self.assertTrue(left.wait(LIMIT_SECONDS))
        self.assertEqual(server.next_request().path, "/stream?devices=daq1%2Chost1")

    @unittest.skipUnless(hasattr(os, "fork"), "this system cannot fork")
    def test_a_forked_child_reads_by_itself_and_leaves_the_parent_its_own(self) -> None:
        gate = threading.Event()
        self.addCleanup(gate.set)

        def script(exchange: Exchange) -> None:
            exchange.begin_stream()
            exchange.send(frame(0))
            gate.wait(LIMIT_SECONDS)
            exchange.send(frame(1))
            exchange.wait_until_client_leaves()

        stream = self.stream(script, playing(frame(7)))
        take(stream, 1)

        def read() -> List[int]:
            sequences = [each.sequence for each in take(stream, 1)]
            stream.close()
            return sequences

        self.assertEqual(Child(read).result(), [7])
        gate.set()
        self.assertEqual([each.sequence for each in take(stream, 1)], [1])
        self.assertEqual(self.requests(2)[1].headers["Last-Event-ID"], "k3f9-0")

    def requests(self, count: int) -> List[Exchange]:
        return [self.server.next_request() for _ in range(count)]


def take(stream: Stream, count: int) -> List[Any]:
    return [next(stream) for _ in range(count)]


class SampleTest(unittest.TestCase):
    def test_times_have_any_number_of_digits(self) -> None:
        for text, microsecond in (("52Z", 0), ("52.5Z", 500_000), ("52.123456789Z", 123_456), ("52.123456+00:00", 123_456)):
            time = Sample("daq1", 0, f"2026-11-22T06:25:{text}", 1).timestamp
            self.assertEqual(time, datetime(2026, 11, 22, 6, 25, 52, microsecond, timezone.utc))


if __name__ == "__main__":
    unittest.main()
