"""Where a server listens, and how to reach it."""

from __future__ import annotations

from http.client import HTTPConnection, HTTPSConnection
from typing import Optional, Tuple
from urllib.parse import quote, urlsplit


class ServerAddress:
    """A base URL taken apart once. Raises ValueError if it is none.

    Connections are direct: proxies of the environment are never used, as a bench is on this machine or next to it.
    """

    def __init__(self, base_url: str, token: Optional[str] = None) -> None:
        parts = urlsplit(base_url)
        try:
            port = parts.port
        except ValueError:
            port = -1
        plain = parts.scheme in ("http", "https") and parts.hostname and port != -1
        if not plain or parts.username is not None or parts.query or parts.fragment:
            raise ValueError(f'Cannot use {base_url!r} as base_url: expected a URL like "http://127.0.0.1:5000"')
        self.base_url = base_url.rstrip("/")
        #: The Host header.
        self.host = parts.netloc
        #: The headers of every request.
        self.headers = {"Host": self.host, **({"Authorization": f"Bearer {token}"} if token is not None else {})}
        self._without_session = self.headers
        self._leases: Tuple[str, ...] = ()
        self._secure = parts.scheme == "https"
        self._hostname = parts.hostname or ""
        self._port = port if port is not None else (443 if self._secure else 80)
        self._prefix = parts.path.rstrip("/")

    def enter_session(self, cookie: str, csrf_token: str) -> None:
        """Send a session with every request, in place of a token: the cookie, and the headers of the server's own pages."""
        origin = f"{'https' if self._secure else 'http'}://{self.host}"
        # A new object: other threads may read the headers meanwhile.
        self.headers = {"Host": self.host, "Cookie": cookie, "X-CSRF-Token": csrf_token, "Origin": origin}
        self._send_leases()

    def leave_session(self) -> None:
        """Send the token, if any, in place of the session."""
        self.headers = self._without_session
        self._send_leases()

    def enter_lease(self, token: str) -> None:
        """Send the token of a lease with every request."""
        self._leases = (*self._leases, token)
        self._send_leases()

    def leave_lease(self, token: str) -> None:
        """Send the token of a lease no longer."""
        self._leases = tuple(each for each in self._leases if each != token)
        self._send_leases()

    def _send_leases(self) -> None:
        headers = {name: value for name, value in self.headers.items() if name != "X-Lease"}
        self.headers = {**headers, **({"X-Lease": ",".join(self._leases)} if self._leases else {})}

    def path(self, path: str) -> str:
        """The path to request for one of the server, which starts with a slash."""
        return self._prefix + path

    def open(self, timeout: Optional[float]) -> HTTPConnection:
        """A new open connection, whose ``sock`` is set. Raises OSError; ``timeout`` is the socket's, in seconds."""
        if self._secure:
            return _opened(HTTPSConnection(self._hostname, self._port, timeout=timeout))
        if self._hostname == "localhost":
            # The daemon listens on 127.0.0.1, but `localhost` often resolves to ::1 first. On Windows that connection
            # fails only after two seconds, and on macOS AirPlay answers on port 5000.
            try:
                return _opened(HTTPConnection("127.0.0.1", self._port, timeout=timeout))
            except OSError:
                pass
        return _opened(HTTPConnection(self._hostname, self._port, timeout=timeout))


def _opened(connection: HTTPConnection) -> HTTPConnection:
    try:
        connection.connect()
    except BaseException:
        connection.close()
        raise
    return connection


def device_path(device_id: str, base: str = "/devices") -> str:
    """The path of a device. Raises ValueError for an id that a URL would turn into another path."""
    if not isinstance(device_id, str) or device_id in ("", ".", ".."):
        raise ValueError(f"Cannot address device {device_id!r}: expected a device id such as 'daq1'")
    return f"{base}/{quote(device_id, safe='')}"


def property_path(device_id: str, name: str) -> str:
    """The path of a property. Raises ValueError for a name that a URL would turn into another path."""
    if not isinstance(name, str) or name in ("", ".", ".."):
        raise ValueError(f"Cannot address property {name!r}: expected a name such as 'voltage'")
    return f"{device_path(device_id)}/properties/{quote(name, safe='')}"
