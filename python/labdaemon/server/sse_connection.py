"""The bytes of one event stream, which another thread may end at any time."""

from __future__ import annotations

import os
import socket
import threading
from contextlib import closing, suppress
from http.client import HTTPConnection, HTTPResponse
from typing import Generator, Mapping, Optional, Union

from .address import ServerAddress
from .error_answers import error_from_answer, unexpected_answer

#: The limit for reaching the server.
CONNECT_TIMEOUT_SECONDS = 10.0
#: The time without data after which the connection counts as lost. The server sends a comment every 15 s.
READ_TIMEOUT_SECONDS = 45.0

Headers = Mapping[str, Union[str, bytes]]


class SSEConnection:
    """Opens one connection after the other to the same server, until it is aborted."""

    def __init__(self, address: ServerAddress) -> None:
        self._address = address
        self._lock = threading.Lock()
        self._socket: Optional[socket.socket] = None
        self._aborted = False
        self._read_timeout = READ_TIMEOUT_SECONDS

    def limit_reads(self, seconds: float) -> None:
        """Set the limit of each wait for data, also of a connection that is open. Then ``pieces`` raises a timeout."""
        if seconds == self._read_timeout:
            return
        self._read_timeout = seconds
        sock = self._socket
        if sock is not None:
            sock.settimeout(seconds)

    def pieces(self, path: str, headers: Headers, attempted: str) -> Generator[bytes, None, None]:
        """The stream's bytes as they arrive; ends when the server ends them, or when this is aborted.

        Raises ServerAPIError when the server answers with anything but a stream, OSError and HTTPException when the
        connection breaks. ``attempted`` starts an error's message.
        """
        with closing(self._address.open(CONNECT_TIMEOUT_SECONDS)) as connection:
            try:
                if not self._adopt(connection.sock):
                    return
                with self._request(connection, path, headers) as response:
                    _expect_stream(response, attempted)
                    while True:
                        # read1() gives what has arrived; read() would wait until it is much.
                        piece = response.read1(65536)
                        if not piece:
                            return
                        yield piece
            finally:
                with self._lock:
                    self._socket = None

    def abort(self) -> None:
        """End the stream, at once and for good. A read that waits in another thread ends too."""
        with self._lock:
            self._aborted = True
            if self._socket is None:
                return
            # close() would leave the other thread waiting. It is the plain socket's shutdown, as that of an SSL
            # socket takes its state away from under the reader. It fails where the server was quicker.
            with suppress(OSError):
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)

    def leave_to_parent(self) -> None:
        """After a fork, in the child: give up the connection, which stays the parent's. A shutdown would end it there."""
        self._lock = threading.Lock()
        self._aborted = True
        if self._socket is not None:
            os.close(self._socket.detach())
            self._socket = None

    def _adopt(self, sock: socket.socket) -> bool:
        sock.settimeout(self._read_timeout)
        with self._lock:
            self._socket = sock
            return not self._aborted

    def _request(self, connection: HTTPConnection, path: str, headers: Headers) -> HTTPResponse:
        always = {**self._address.headers, "Accept": "text/event-stream", "Cache-Control": "no-store"}
        connection.request("GET", self._address.path(path), headers={**always, **headers})
        return connection.getresponse()


def _expect_stream(response: HTTPResponse, attempted: str) -> None:
    server = response.getheader("Server")
    if response.status != 200:
        raise error_from_answer(attempted, response.status, server, response.read(65536))
    content_type = response.headers.get_content_type()
    if content_type != "text/event-stream":
        attempted = f"{attempted}: expected text/event-stream, found {content_type}"
        raise unexpected_answer(attempted, response.status, server, response.read1(200))
