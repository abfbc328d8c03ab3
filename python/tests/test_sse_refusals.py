from __future__ import annotations

from labdaemon.server import SSEClient

from .scripts import answering, ending, error_body, frame, playing
from .stream_case import StreamCase, wait_for_threads


class SSERefusalsTest(StreamCase):
    def test_an_unknown_device_is_reported_once_and_followed_when_it_is_added(self) -> None:
        missing = answering(404, error_body("DeviceNotFound", 'Cannot find device "daq1"'))
        server = self.serve(missing, missing, missing, playing(frame(0)))
        client = self.client(server.url)
        client.start_device_stream("daq1")
        reported, data = self.next_event(), self.next_event()
        self.assertEqual((reported["event"], reported["device_id"]), ("stream_error", "daq1"))
        self.assertEqual(reported["error"]["type"], "DeviceNotFound")
        self.assertEqual(reported["error"]["message"], 'Cannot find device "daq1"')
        self.assertEqual(reported["data"]["error"], reported["error"])
        self.assertEqual(data["sequence"], 0)

    def test_a_device_that_goes_missing_again_is_reported_again(self) -> None:
        missing = answering(404, error_body("DeviceNotFound", "gone"))
        server = self.serve(missing, ending(frame(0)), missing, missing, playing(frame(1)))
        with self.assertLogs("labdaemon.server", "WARNING"):
            self.client(server.url).start_device_stream("daq1")
            kinds = [self.next_event()["event"] for _ in range(4)]
        self.assertEqual(kinds, ["stream_error", "device_data", "stream_error", "device_data"])

    def test_a_page_instead_of_a_stream_is_reported_and_retried(self) -> None:
        page = lambda exchange: exchange.answer(200, b"<h1>Maintenance</h1>", "text/html")  # noqa: E731
        server = self.serve(page, page, playing(frame(0)))
        self.client(server.url).start_device_stream("daq1")
        self.assertIn("expected text/event-stream, found text/html", self.next_event()["error"]["message"])
        self.assertEqual(self.next_sequences(1), [0])

    def test_any_other_refusal_is_reported_once_and_ends_the_stream(self) -> None:
        for status, kind in [(400, "InvalidRequest"), (403, "ForbiddenOrigin"), (410, "Gone")]:
            with self.subTest(kind):
                server = self.serve(answering(status, error_body(kind, "no")))
                client = self.client(server.url)
                client.start_device_stream("daq1", sample_rate=-1)
                self.assertEqual(self.next_event()["error"]["type"], kind)
                wait_for_threads()
                self.assertFalse(client.is_running())
                self.assertTrue(self.events.empty())

    def test_a_temporary_status_is_retried_without_an_event(self) -> None:
        server = self.serve(answering(503), answering(429), answering(500), playing(frame(0)))
        with self.assertLogs("labdaemon.server", "WARNING") as logs:
            self.client(server.url).start_device_stream("daq1")
            self.assertEqual(self.next_sequences(1), [0])
        self.assertEqual(len(logs.output), 1)

    def test_an_empty_device_id_is_refused(self) -> None:
        with self.assertRaisesRegex(ValueError, "Cannot address device ''"):
            SSEClient().start_device_stream("")
