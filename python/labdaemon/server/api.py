"""Control devices: one method for each call of the server."""

from __future__ import annotations

import json
import time
from http.client import HTTPException
from typing import Any, Callable, Dict, List, Mapping, Optional, Sequence, Tuple, Union
from urllib.parse import urlencode

from .access import AccessMethods
from .address import ServerAddress, device_path, property_path
from .daemon_clock import CLOCK_HEADER, DaemonClock
from .error_answers import error_from_answer, error_from_report, unexpected_answer
from .errors import CommandExpiredError, ServerAPIError, ServerConnectionError
from .leases import LeaseMethods
from .listing import Listing
from .recordings import RecordingMethods
from .tasks import TaskMethods

Answer = Dict[str, Any]

# Seconds: for which one request waits for the end of a call, and between two questions for progress.
_MAX_WAIT = 20.0
_PROGRESS_PERIOD = 0.3


class ServerAPI(AccessMethods, LeaseMethods, RecordingMethods, TaskMethods):
    """The REST side of a LabDaemon server.

        with ServerAPI("http://127.0.0.1:5000") as api:
            api.connect_device("laser1")
            power = api.call_device_method("laser1", "set_power", kwargs={"milliwatts": 5})["result"]

    Every method raises :class:`ServerAPIError` (or the subclass for its type) when the server refuses,
    :class:`ServerConnectionError` when it does not answer, and ValueError or TypeError for arguments that cannot be
    sent. A request is sent once and never repeated, on its own connection. Any number of threads may share one object.

    ``timeout`` is the limit in seconds for connecting, and for each wait for data; None waits without limit. The
    default, 60 s, is longer than the server's own limits (10 s to connect a device, 5 s to stop), so that the server's
    error arrives, which names the device and the limit. A call of a method takes several requests if it is long, and as
    long as the method's own limit allows.

    ``valid_for`` is the validity of a command in seconds; None for none. The server refuses one that has waited longer,
    on its way or for its turn, with ``CommandExpiredError``: nothing was done then.
    """

    def __init__(
        self,
        base_url: str = "http://127.0.0.1:5000",
        *,
        timeout: Optional[float] = 60.0,
        valid_for: Optional[float] = 10.0,
        token: Optional[str] = None,
    ) -> None:
        self._address = ServerAddress(base_url, token)
        self.base_url = self._address.base_url
        self.timeout = timeout
        self.valid_for = valid_for
        self._clock = DaemonClock()

    # The server

    def info(self) -> Answer:
        """The server's name, version and endpoints."""
        return self._request("GET", "/", key="name")

    def health(self) -> Answer:
        """``{"status": "healthy", "timestamp": …}``."""
        return self._request("GET", "/health", key="status")

    def ready(self) -> Answer:
        """``{"status": "ready", "timestamp": …}``; raises ``NotReady`` with the reasons while the daemon cannot work."""
        return self._request("GET", "/readyz", key="status")

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
        """Create a device with the driver ``device_type``.

        That is the name of a driver, or a class of a Python package, such as
        ``"pymeasure:pymeasure.instruments.keithley.Keithley2400"``.
        """
        body = {"device_id": device_id, "device_type": device_type, "params": params}
        return self._request("POST", "/devices", body)

    def create_device(
        self,
        device_id: str,
        device_type: str,
        params: Optional[Mapping[str, Any]] = None,
        settings: Optional[Mapping[str, Any]] = None,
        keep: bool = False,
    ) -> Answer:
        """The same with settings: those of the bench file, such as ``{"limits": {"call": "2min"}}``.

        With ``keep`` the daemon adds and connects it again at each start.
        """
        body = {"device_id": device_id, "device_type": device_type, "params": dict(params or {}), **(settings or {})}
        if keep:
            body["keep"] = True
        return self._request("POST", "/devices", body)

    def remove_device(self, device_id: str) -> None:
        """Stop, disconnect and remove a device."""
        self._request("DELETE", device_path(device_id))

    def keep_device(self, device_id: str) -> Answer:
        """Keep a device that was added, and answer with it. The daemon adds and connects it again at each start."""
        return self._request("POST", device_path(device_id) + "/keep", {})

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

    def device_history(
        self,
        device_id: str,
        start: Optional[str] = None,
        end: Optional[str] = None,
        *,
        points: Optional[int] = None,
        channels: Optional[Sequence[str]] = None,
    ) -> Answer:
        """The samples of a device in a span of time, thinned for a plot: the last hour, by default.

        ``start`` and ``end`` are times in RFC 3339. The ``times`` of a channel are in microseconds since 1970.
        """
        given = {"from": start, "to": end, "points": points, "channels": None if channels is None else ",".join(channels)}
        query = urlencode({key: value for key, value in given.items() if value is not None})
        path = device_path(device_id) + "/history" + (f"?{query}" if query else "")
        return self._request("GET", path, key="channels")

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
        *,
        on_progress: Optional[Callable[[Optional[float], str], None]] = None,
    ) -> Answer:
        """Call a method of a device; the answer's ``result`` is what it returned. NumPy values may be arguments.

        It waits as long as the method's own limit allows. ``on_progress`` is called with each progress that the method
        reports: the fraction that is done, from 0 to 1, or None where it is unknown, and a text.
        """
        # Half of the limit of a wait, so that the answer is in time.
        most = int(min(_MAX_WAIT, _MAX_WAIT if self.timeout is None else self.timeout / 2))
        prefer = "respond-async, wait=1" if on_progress else f"respond-async, wait={most}" if most > 0 else None
        path = device_path(device_id) + "/call"
        answer = self._request("POST", path, _call_body(method, args, kwargs), ("result", "call_id"), prefer)
        if "call_id" not in answer:
            return answer
        seen = None
        while True:
            if on_progress:
                time.sleep(_PROGRESS_PERIOD)
            call = self.get_call(answer["call_id"], wait=0 if on_progress else most)
            progress = call.get("progress")
            if on_progress and progress and progress != seen:
                on_progress(progress["fraction"], progress["text"])
            seen = progress
            if call["status"] == "done":
                return {"result": call.get("result"), "success": True}
            if "error" in call:
                raise error_from_report(call["error"])

    def start_call(
        self,
        device_id: str,
        method: str,
        args: Optional[Sequence[Any]] = None,
        kwargs: Optional[Dict[str, Any]] = None,
    ) -> Answer:
        """Start a call, and do not wait for it: ``get_call(answer["call_id"])`` follows it."""
        path = device_path(device_id) + "/call"
        return self._request("POST", path, _call_body(method, args, kwargs), key="call_id", prefer="respond-async")

    def get_call(self, call_id: str, *, wait: int = 0) -> Answer:
        """A call: ``status`` (running, done, failed, cancelled), ``progress``, ``result`` or ``error``.

        With ``wait`` it answers when the call has ended, after so many seconds at the latest.
        """
        return self._request("GET", device_path(call_id, "/calls"), key="status", prefer=f"wait={wait}" if wait else None)

    def list_calls(self) -> Listing:
        """The calls that run or wait, and calls that ended a short time ago, without their results."""
        return self._list("calls", "/calls")

    def cancel_call(self, call_id: str) -> Answer:
        """Cancel a call. Answers when it has ended, after 2 s at the latest: a method may ignore that it is cancelled."""
        return self._request("DELETE", device_path(call_id, "/calls"), key="status")

    # Safe states

    def make_device_safe(self, device_id: str, reason: Optional[str] = None) -> Answer:
        """Bring an instrument into its safe state. The answer has ``ok``, and ``error`` where that failed.

        It is no safety function of a machine.
        """
        return self._request("POST", device_path(device_id) + "/safe", {"reason": reason}, key="results")["results"][0]

    def make_safe(self, reason: Optional[str] = None) -> Listing:
        """The same for all instruments of the bench: one answer for each."""
        return Listing("results", self._request("POST", "/safe", {"reason": reason}, key="results")["results"])

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

    def restore(
        self,
        snapshot: Mapping[str, Any],
        *,
        dry_run: bool = False,
        on_device: Optional[Callable[[Answer], Any]] = None,
    ) -> Answer:
        """Set the properties of a snapshot, or of a part of one, that differ; with ``dry_run`` nothing is set.

        The answer has the ``changes``, and what was ``skipped`` with the reasons. Each device is a request of its own, with
        ``timeout`` for each of its properties: one that hangs keeps no other from being restored. ``on_device`` is
        called after each device, with what was changed and skipped of it.
        """
        devices = list(snapshot["devices"])
        answer: Answer = {"changes": [], "skipped": [], "warnings": []}
        # A snapshot without devices is the server's to answer, too.
        for part in [[device] for device in devices] or [[]]:
            count = sum(len(device.get("properties", ())) for device in part)
            body = {**snapshot, "devices": part, "dry_run": dry_run}
            found = self._request("POST", "/restore", body, key="changes", steps=max(1, count))
            for key in answer:
                answer[key].extend(found.get(key, ()))
            if on_device is not None:
                on_device(found)
        return answer

    def restore_recording(
        self,
        recording_id: str,
        time: str,
        *,
        devices: Optional[Sequence[str]] = None,
        dry_run: bool = False,
    ) -> Answer:
        """Set the properties that differ from a time of a recording; with ``dry_run``, only list them.

        ``time`` is in RFC 3339. The answer has the ``changes``, what was ``skipped`` with the reasons, and ``warnings``.
        One request for all devices, with ten times ``timeout``.
        """
        body = {"recording": recording_id, "time": time, "dry_run": dry_run}
        if devices is not None:
            body["devices"] = list(devices)
        return self._request("POST", "/restore", body, key="changes", steps=10)

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

    # Alarms

    def list_alarms(self, device_id: Optional[str] = None) -> Listing:
        """The alarms of all devices, or of one: ``name``, ``condition``, ``state``, ``value``, ``incident``."""
        return self._list("alarms", "/alarms" if device_id is None else device_path(device_id) + "/alarms")

    def acknowledge_alarm(self, device_id: str, name: str, note: Optional[str] = None) -> Answer:
        """Acknowledge an alarm that fires. The alarm stays until its value is within the limits again."""
        path = device_path(device_id) + device_path(name, "/alarms") + "/acknowledge"
        return self._request("POST", path, {} if note is None else {"note": note}, key="state")

    # Layouts

    def list_layouts(self) -> Listing:
        """The layouts of the dashboard's plots: ``name``, ``saved_at``, ``saved_by``."""
        return self._list("layouts", "/layouts")

    def get_layout(self, name: str) -> Answer:
        """One layout; ``layout`` has its content."""
        return self._request("GET", device_path(name, "/layouts"), key="layout")

    def save_layout(self, name: str, layout: Dict[str, Any]) -> Answer:
        """Save a layout, in place of the one of its name."""
        return self._request("PUT", device_path(name, "/layouts"), {"layout": layout}, key="layout")

    def delete_layout(self, name: str) -> None:
        """Delete a layout."""
        self._request("DELETE", device_path(name, "/layouts"))

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
        self,
        method: str,
        path: str,
        body: Optional[Answer] = None,
        key: Union[str, Tuple[str, ...], None] = None,
        prefer: Optional[str] = None,
        steps: int = 1,
        cookies: Optional[List[str]] = None,
        lease: Optional[str] = None,
    ) -> Answer:
        """Send one request. An answer without ``key``, or any of several, is not a LabDaemon's.

        It waits for each of the ``steps`` that the server takes. ``cookies`` gets those that the server sets.
        ``lease`` is the token of the lease that the request is about.

        A command that the server refuses as too old, and that is not by this machine's clock, is sent once more: the
        server was restarted, or this machine slept.
        """
        asked = time.monotonic()
        try:
            return self._send(method, path, body, key, prefer, asked, steps, cookies, lease)
        except CommandExpiredError:
            if self.valid_for is None or time.monotonic() - asked >= self.valid_for:
                raise
            return self._send(method, path, body, key, prefer, asked, steps, cookies, lease)

    def _send(
        self,
        method: str,
        path: str,
        body: Optional[Answer],
        key: Union[str, Tuple[str, ...], None],
        prefer: Optional[str],
        asked: float,
        steps: int,
        cookies: Optional[List[str]],
        lease: Optional[str],
    ) -> Answer:
        attempted = f"Cannot {method} {self.base_url}{path}"
        headers = {**self._address.headers, "Accept": "application/json", "Connection": "close"}
        if lease is not None:
            headers["X-Lease"] = lease
        if prefer is not None:
            headers["Prefer"] = prefer
        if method != "GET" and self.valid_for is not None:
            headers["X-Valid-For"] = f"{self.valid_for:g}"
            asked_at = self._clock.at(asked)
            if asked_at is not None:
                headers["X-Asked-At"] = asked_at
        content = None
        if body is not None:
            headers["Content-Type"] = "application/json"
            content = _json_bytes(attempted, body)

        sent = time.monotonic()
        try:
            connection = self._address.open(None if self.timeout is None else self.timeout * steps)
            try:
                connection.request(method, self._address.path(path), content, headers)
                response = connection.getresponse()
                answer = response.read()
            finally:
                connection.close()
        except (OSError, HTTPException) as error:
            raise ServerConnectionError(f"{attempted}: {str(error) or error.__class__.__name__}") from error

        self._clock.read(response.getheader(CLOCK_HEADER), sent, time.monotonic(), response.status == 409)
        server = response.getheader("Server")
        if not 200 <= response.status < 300:
            raise error_from_answer(attempted, response.status, server, answer)
        if cookies is not None:
            cookies.extend(response.headers.get_all("Set-Cookie", []))
        found = _parse(answer)
        keys = (key,) if isinstance(key, str) else key
        if not isinstance(found, dict) or (keys is not None and not any(key in found for key in keys)):
            raise unexpected_answer(attempted, response.status, server, answer)
        return found


def _call_body(method: str, args: Optional[Sequence[Any]], kwargs: Optional[Dict[str, Any]]) -> Answer:
    body: Answer = {"method": method}
    if args is not None:
        body["args"] = args
    if kwargs is not None:
        body["kwargs"] = kwargs
    return body


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
