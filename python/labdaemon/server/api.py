"""Control devices: one method for each call of the server."""

from __future__ import annotations

import json
from http.client import HTTPException
from typing import Any, Dict, Mapping, Optional, Sequence

from .address import ServerAddress, device_path, property_path
from .errors import ServerAPIError, ServerConnectionError, error_from_answer, unexpected_answer
from .listing import Listing

Answer = Dict[str, Any]


class ServerAPI:
    """The REST side of a LabDaemon server.

        with ServerAPI("http://127.0.0.1:5000") as api:
            api.connect_device("laser1")
            power = api.call_device_method("laser1", "set_power", kwargs={"milliwatts": 5})["result"]

    Every method raises :class:`ServerAPIError` (or the subclass for its type) when the server refuses,
    :class:`ServerConnectionError` when it does not answer, and ValueError or TypeError for arguments that cannot be
    sent. A request is sent once and never repeated, on its own connection. Any number of threads may share one object.

    ``timeout`` is the limit in seconds for connecting, and for each wait for data; None waits without limit. The
    default, 60 s, is longer than the server's own limits (10 s to connect a device, 30 s for a call, 5 s to stop), so
    that the server's error arrives, which names the device and the limit. Set a longer one if the bench file gives a
    device longer ``limits``.
    """

    def __init__(self, base_url: str = "http://127.0.0.1:5000", *, timeout: Optional[float] = 60.0) -> None:
        self._address = ServerAddress(base_url)
        self.base_url = self._address.base_url
        self.timeout = timeout

    # The server

    def info(self) -> Answer:
        """The server's name, version and endpoints."""
        return self._request("GET", "/", key="name")

    def health(self) -> Answer:
        """``{"status": "healthy", "timestamp": …}``."""
        return self._request("GET", "/health", key="status")

    def list_drivers(self) -> Listing:
        """All drivers with the schemas of their params, options, samples and methods; broken ones with their error."""
        return self._list("drivers", "/drivers")

    # Devices

    def list_devices(self) -> Listing:
        """All devices with their states."""
        return self._list("devices", "/devices")

    def get_device(self, device_id: str) -> Answer:
        """One device: its type, state, params, last error and stream."""
        return self._request("GET", device_path(device_id), key="device_id")

    def add_device(self, device_id: str, device_type: str, **params: Any) -> Answer:
        """Create a device with the driver ``device_type``."""
        body = {"device_id": device_id, "device_type": device_type, "params": params}
        return self._request("POST", "/devices", body)

    def remove_device(self, device_id: str) -> None:
        """Stop, disconnect and remove a device."""
        self._request("DELETE", device_path(device_id))

    def connect_device(self, device_id: str) -> Answer:
        """Connect a device, and answer with it. Connecting twice is fine."""
        return self._request("POST", device_path(device_id) + "/connect", {})

    def disconnect_device(self, device_id: str) -> Answer:
        """Disconnect a device, and answer with it. Disconnecting twice is fine."""
        return self._request("POST", device_path(device_id) + "/disconnect", {})

    def disable_device(self, device_id: str) -> Answer:
        """Disable a device, and answer with it. It cannot be connected until it is enabled."""
        return self._request("POST", device_path(device_id) + "/disable", {})

    def enable_device(self, device_id: str) -> Answer:
        """Enable a device, and answer with it. It is connected again if it was before."""
        return self._request("POST", device_path(device_id) + "/enable", {})

    # Methods

    def get_device_methods(self, device_id: str) -> Listing:
        """The methods of a device, with parameters, types and units."""
        return self._list("methods", device_path(device_id) + "/methods")

    def call_device_method(
        self,
        device_id: str,
        method: str,
        args: Optional[Sequence[Any]] = None,
        kwargs: Optional[Dict[str, Any]] = None,
    ) -> Answer:
        """Call a method of a device; the answer's ``result`` is what it returned. NumPy values may be arguments."""
        body: Answer = {"method": method}
        if args is not None:
            body["args"] = args
        if kwargs is not None:
            body["kwargs"] = kwargs
        return self._request("POST", device_path(device_id) + "/call", body, key="result")

    # Properties

    def get_device_properties(self, device_id: str) -> Listing:
        """The properties of a device with their values, each read from the instrument now.

        One that cannot be read has its last known ``value``, and the ``error``.
        """
        return self._list("properties", device_path(device_id) + "/properties")

    def get_device_property(self, device_id: str, name: str) -> Answer:
        """Read a property: ``{"name": …, "value": …, "timestamp": …}``."""
        return self._request("GET", property_path(device_id, name), key="value")

    def set_device_property(self, device_id: str, name: str, value: Any) -> Answer:
        """Set a property and read it back: the answer's ``value`` is what the instrument says."""
        return self._request("PUT", property_path(device_id, name), {"value": value}, key="value")

    def snapshot(self) -> Answer:
        """The properties of all devices, as their instruments say them now."""
        return self._request("GET", "/snapshot", key="devices")

    def restore(self, snapshot: Mapping[str, Any], *, dry_run: bool = False) -> Answer:
        """Set the properties of a snapshot, or of a part of one, that differ; with ``dry_run`` nothing is set.

        The answer has the ``changes``, and what was ``skipped`` with the reasons.
        """
        return self._request("POST", "/restore", {**snapshot, "dry_run": dry_run}, key="changes")

    # Streams

    def start_stream(
        self, device_id: str, *, options: Optional[Mapping[str, Any]] = None, **driver_options: Any
    ) -> Answer:
        """Start the stream of a device, and answer with the device. It continues without readers until it is stopped.

        ``options`` are the driver's own, such as ``{"sample_rate": 100}``. A driver option may also be a keyword
        argument.
        """
        return self._request("POST", device_path(device_id) + "/stream/start", {**driver_options, **(options or {})})

    def stop_stream(self, device_id: str) -> Answer:
        """Stop the device's stream for all readers. Stopping twice is fine."""
        return self._request("POST", device_path(device_id) + "/stream/stop", {})

    # Errors

    def get_device_error(self, device_id: str) -> Optional[Answer]:
        """The device's last error, or None: ``answer["error"]["message"]``, or ``answer["message"]`` for short."""
        try:
            answer = self._request("GET", device_path(device_id) + "/error")
        except ServerAPIError as error:
            if error.type == "NoError":
                return None
            raise
        report = answer.get("error", answer)
        return {**report, "error": report} if report else None

    def clear_device_error(self, device_id: str) -> Answer:
        """Clear the device's last error. Having none is fine."""
        try:
            return self._request("DELETE", device_path(device_id) + "/error")
        except ServerAPIError as error:
            if error.type == "NoError":
                return {"status": "cleared", "device_id": device_id}
            raise

    # The object itself

    def close(self) -> None:
        """Does nothing: no connection stays open between requests."""

    def __enter__(self) -> ServerAPI:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def _list(self, name: str, path: str) -> Listing:
        rows = self._request("GET", path, key=name)[name]
        if not isinstance(rows, list):
            raise ServerAPIError(f'Cannot GET {self.base_url}{path}: expected a list "{name}"', status=200)
        return Listing(name, rows)

    def _request(
        self, method: str, path: str, body: Optional[Answer] = None, key: Optional[str] = None
    ) -> Answer:
        """Send one request. An answer without ``key`` is not a LabDaemon's."""
        attempted = f"Cannot {method} {self.base_url}{path}"
        headers = {"Host": self._address.host, "Accept": "application/json", "Connection": "close"}
        content = None
        if body is not None:
            headers["Content-Type"] = "application/json"
            content = _json_bytes(attempted, body)

        try:
            connection = self._address.open(self.timeout)
            try:
                connection.request(method, self._address.path(path), content, headers)
                response = connection.getresponse()
                answer = response.read()
            finally:
                connection.close()
        except (OSError, HTTPException) as error:
            raise ServerConnectionError(f"{attempted}: {str(error) or error.__class__.__name__}") from error

        server = response.getheader("Server")
        if not 200 <= response.status < 300:
            raise error_from_answer(attempted, response.status, server, answer)
        found = _parse(answer)
        if not isinstance(found, dict) or (key is not None and key not in found):
            raise unexpected_answer(attempted, response.status, server, answer)
        return found


def _parse(content: bytes) -> Any:
    try:
        return json.loads(content) if content else {}
    except (ValueError, RecursionError):
        return None


def _json_bytes(attempted: str, body: Answer) -> bytes:
    try:
        return json.dumps(body, default=_plain, allow_nan=False).encode()
    except ValueError as error:
        raise ValueError(f"{attempted}: {error}") from error
    except TypeError as error:
        raise TypeError(f"{attempted}: {error}") from error


def _plain(value: Any) -> Any:
    # NumPy's scalars and arrays convert themselves to plain Python.
    if hasattr(value, "tolist"):
        return value.tolist()
    raise TypeError(f"a value of type {type(value).__name__} is not JSON")
