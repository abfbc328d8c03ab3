from __future__ import annotations

import os
import socket
from unittest import mock

from labdaemon.server import ServerAPI, ServerConnectionError

from .scripted_server import Exchange
from .scripts import answering
from .server_case import ServerCase


class APIConnectionTest(ServerCase):
    def test_no_server_is_a_connection_error(self) -> None:
        with socket.socket() as deaf:
            deaf.bind(("127.0.0.1", 0))  # and never listens
            for host in ("127.0.0.1", "localhost"):
                with self.assertRaisesRegex(ServerConnectionError, "Cannot GET http://.*/health: .*refused"):
                    ServerAPI(f"http://{host}:{deaf.getsockname()[1]}").health()

    def test_a_server_that_does_not_answer_is_a_connection_error_after_the_timeout(self) -> None:
        server = self.serve(Exchange.wait_until_client_leaves)
        with self.assertRaisesRegex(ServerConnectionError, "timed out"):
            ServerAPI(server.url, timeout=0.05).health()

    def test_the_default_timeout_is_longer_than_the_limits_of_the_server(self) -> None:
        connect, call, stop = 10.0, 30.0, 5.0
        self.assertGreater(ServerAPI().timeout or 0, max(connect + stop, call))

    def test_a_broken_answer_is_a_connection_error_and_the_command_is_sent_once(self) -> None:
        def break_off(exchange: Exchange) -> None:
            exchange.sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{")

        for script in (break_off, lambda exchange: None):
            server = self.serve(script, answering(200, {"result": 1}))
            with self.assertRaises(ServerConnectionError):
                ServerAPI(server.url).call_device_method("daq1", "fire")
            server.next_request()
            self.assertTrue(server.requests.empty())

    def test_an_invalid_base_url_is_refused(self) -> None:
        for url in ("localhost:5000", "ftp://bench", "http://", "http://bench:x", "http://me@bench", "http://b/?q"):
            with self.subTest(url), self.assertRaisesRegex(ValueError, "as base_url: expected a URL"):
                ServerAPI(url)

    def test_a_base_url_may_have_a_path_and_a_last_slash(self) -> None:
        server = self.serve(answering(200, {"status": "healthy"}))
        api = ServerAPI(server.url + "/bench/")
        self.assertEqual(api.base_url, server.url + "/bench")
        api.health()
        self.assertEqual(server.next_request().path, "/bench/health")

    def test_localhost_finds_a_server_on_the_ipv4_loopback_under_its_own_name(self) -> None:
        server = self.serve(answering(200, {"status": "healthy"}))
        ServerAPI(f"http://localhost:{server.port}").health()
        self.assertEqual(server.next_request().headers["Host"], f"localhost:{server.port}")

    def test_a_token_is_sent_with_each_request(self) -> None:
        server = self.serve(answering(200, {"status": "healthy"}))
        ServerAPI(server.url, token="lab_1").health()
        self.assertEqual(server.next_request().headers["Authorization"], "Bearer lab_1")

    def test_a_proxy_of_the_environment_is_not_used(self) -> None:
        server = self.serve(answering(200, {"status": "healthy"}))
        with mock.patch.dict(os.environ, {"http_proxy": "http://127.0.0.1:9", "HTTP_PROXY": "http://127.0.0.1:9"}):
            ServerAPI(server.url).health()

    def test_closing_is_harmless_also_twice(self) -> None:
        with ServerAPI() as api:
            self.assertEqual(api.base_url, "http://127.0.0.1:5000")
        api.close()
