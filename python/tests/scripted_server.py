"""A server that plays what the test wrote: one function for each connection, in order, on a bare socket."""

from __future__ import annotations

import http.client
import io
import json
import queue
import socket
import threading
from typing import Any, Callable, List

LIMIT_SECONDS = 10.0  # Seconds; only a failing test waits so long.


class Exchange:
    """One connection: the request that came, and ways to answer it badly or well."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        head = b""
        while b"\r\n\r\n" not in head:
            received = sock.recv(65536)
            if not received:
                raise ConnectionError("the client left before it had asked")
            head += received
        head, _, self.body = head.partition(b"\r\n\r\n")
        request_line, _, fields = head.partition(b"\r\n")
        self.method, self.path, _ = request_line.decode().split(" ")
        self.headers = http.client.parse_headers(io.BytesIO(fields + b"\r\n\r\n"))
        while len(self.body) < int(self.headers.get("Content-Length", "0")):
            self.body += sock.recv(65536)

    def answer(self, status: int, body: bytes = b"", content_type: str = "application/json") -> None:
        head = f"HTTP/1.1 {status} Status\r\nContent-Type: {content_type}\r\nContent-Length: {len(body)}\r\n\r\n"
        self.sock.sendall(head.encode() + body)

    def answer_json(self, status: int, body: Any) -> None:
        self.answer(status, json.dumps(body).encode())

    def begin_stream(self) -> None:
        head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\nTransfer-Encoding: chunked\r\n\r\n"
        self.sock.sendall(head.encode())

    def send(self, piece: bytes) -> None:
        """One HTTP chunk."""
        self.sock.sendall(b"%x\r\n%s\r\n" % (len(piece), piece))

    def end_stream(self) -> None:
        self.sock.sendall(b"0\r\n\r\n")

    def wait_until_client_leaves(self) -> None:
        try:
            while self.sock.recv(65536):
                pass
        except ConnectionResetError:
            pass


Script = Callable[[Exchange], None]


class ScriptedServer:
    """Closes each connection when its script returns. ``requests`` holds what came, in order.

    It refuses connections until ``listen``.
    """

    def __init__(self, *scripts: Script) -> None:
        self.requests: "queue.Queue[Exchange]" = queue.Queue()
        self._scripts = list(scripts)
        self._failures: List[BaseException] = []
        self._threads: List[threading.Thread] = []
        self._listener = socket.socket()
        self._listener.bind(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._acceptor = threading.Thread(target=self._accept)

    def listen(self) -> None:
        self._listener.listen()
        self._acceptor.start()

    def next_request(self) -> Exchange:
        return self.requests.get(timeout=LIMIT_SECONDS)

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._acceptor.join(LIMIT_SECONDS)
        self._listener.close()
        for thread in self._threads:
            thread.join(2 * LIMIT_SECONDS)
        if self._failures:
            raise self._failures[0]

    def _accept(self) -> None:
        for script in self._scripts:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            sock.settimeout(LIMIT_SECONDS)
            thread = threading.Thread(target=self._play, args=(script, sock))
            self._threads.append(thread)
            thread.start()

    def _play(self, script: Script, sock: socket.socket) -> None:
        with sock:
            try:
                exchange = Exchange(sock)
                self.requests.put(exchange)
                script(exchange)
            except BaseException as failure:
                self._failures.append(failure)
