from __future__ import annotations

from unittest import mock

from .log_awaiter import LogAwaiter
from .scripted_server import Exchange, ScriptedServer
from .scripts import STATE, answering, ending, frame, playing
from .stream_case import StreamCase


class SSEReconnectingTest(StreamCase):
    def test_a_connection_cut_inside_an_event_is_resumed_after_the_last_whole_one(self) -> None:
        def cut(exchange: Exchange) -> None:
            exchange.begin_stream()
            exchange.send(frame(0) + frame(1) + frame(2)[:-1])

        server = self.serve(cut, playing(frame(2) + frame(3)))
        with self.assertLogs("labdaemon.server", "WARNING"):
            client = self.client(server.url)
            client.start_device_stream("daq1", sample_rate=100)
            self.assertEqual(self.next_sequences(4), [0, 1, 2, 3])
        first, second = server.next_request(), server.next_request()
        self.assertIsNone(first.headers["Last-Event-ID"])
        self.assertEqual(second.headers["Last-Event-ID"], "k3f9-1")
        self.assertEqual(second.path, "/stream/devices/daq1?sample_rate=100")
        self.assertEqual(client.last_event_id, "k3f9-3")

    def test_since_opens_the_stream_and_last_event_id_reopens_it(self) -> None:
        server = self.serve(answering(503), ending(STATE), playing(frame(8)))
        with self.assertLogs("labdaemon.server", "WARNING"):
            self.client(server.url).start_device_stream("daq1", since="k3f9-7")
            self.assertEqual([self.next_event()["event"] for _ in range(2)], ["device_state", "device_data"])
        requests = [server.next_request() for _ in range(3)]
        self.assertEqual([r.headers["Last-Event-ID"] for r in requests], [None, None, "k3f9-7"])
        self.assertEqual(["since" in r.path for r in requests], [True, True, False])

    def test_a_server_that_is_down_is_awaited_with_one_warning(self) -> None:
        server = ScriptedServer(playing(frame(5)))
        with LogAwaiter() as log:
            client = self.client(server.url)
            client.start_device_stream("daq1")
            log.wait("refused", times=3)
            server.listen()
            self.assertEqual(self.next_sequences(1), [5])
            client.stop_stream()
        server.close()
        levels = [record.levelname for record in log.records]
        self.assertEqual(levels.count("WARNING"), 1)
        self.assertEqual(levels[-1], "INFO")

    def test_a_silent_peer_counts_as_lost(self) -> None:
        with mock.patch("labdaemon.server.sse_connection.READ_TIMEOUT_SECONDS", 0.05):
            server = self.serve(playing(frame(0)), playing(frame(1)))
            with self.assertLogs("labdaemon.server", "WARNING"):
                self.client(server.url).start_device_stream("daq1")
                self.assertEqual(self.next_sequences(2), [0, 1])
        self.assertEqual([server.next_request().headers["Last-Event-ID"] for _ in range(2)], [None, "k3f9-0"])

    def test_an_answer_that_is_not_http_is_retried(self) -> None:
        server = self.serve(lambda exchange: exchange.sock.sendall(b"hello\r\n\r\n"), playing(frame(0)))
        with self.assertLogs("labdaemon.server", "WARNING"):
            self.client(server.url).start_device_stream("daq1")
            self.assertEqual(self.next_sequences(1), [0])
