"""Recordings, and their data. A part of ``ServerAPI``."""

from __future__ import annotations

import json
from http.client import HTTPException
from typing import Any, Dict, Iterator, Optional, Sequence
from urllib.parse import urlencode

from .address import ServerAddress, device_path
from .error_answers import error_from_answer
from .errors import ServerConnectionError
from .listing import Listing

Answer = Dict[str, Any]


class RecordingMethods:
    """The methods of ``ServerAPI`` about recordings."""

    base_url: str
    timeout: Optional[float]
    _address: ServerAddress

    def list_recordings(self) -> Listing:
        """All recordings, the oldest first."""
        return self._list("recordings", "/recordings")

    def get_recording(self, recording_id: str) -> Answer:
        """One recording: its name, its times, its devices and their totals."""
        return self._request("GET", device_path(recording_id, "/recordings"), key="recording_id")

    def start_recording(
        self,
        name: str,
        devices: Optional[Sequence[str]] = None,
        *,
        note: Optional[str] = None,
        tags: Optional[Sequence[str]] = None,
        until: Optional[str] = None,
    ) -> Answer:
        """Record devices, all by default. ``until`` is a time or a duration, such as ``"10min"``."""
        given = {"devices": devices and list(devices), "note": note, "tags": tags and list(tags), "until": until}
        body = {"name": name, **{key: value for key, value in given.items() if value is not None}}
        return self._request("POST", "/recordings", body, key="recording_id")

    def stop_recording(self, recording_id: str) -> Answer:
        """Stop a recording. Returns when all of it is stored, or after 5 s with the state ``stopping``."""
        return self._request("POST", device_path(recording_id, "/recordings") + "/stop", {}, key="recording_id")

    def add_recording_note(self, recording_id: str, text: str) -> Answer:
        """Add a note to a recording, with the present time."""
        return self._request("POST", device_path(recording_id, "/recordings") + "/notes", {"text": text}, key="recording_id")

    def delete_recording(self, recording_id: str) -> None:
        """Delete a recording with its data."""
        self._request("DELETE", device_path(recording_id, "/recordings"))

    def recording_events(
        self,
        recording_id: str,
        devices: Optional[Sequence[str]] = None,
        *,
        start: Optional[str] = None,
        end: Optional[str] = None,
    ) -> Iterator[Answer]:
        """The events of a recording, one after the other, as they were streamed; also while it is recorded.

        Integers are exact, whatever their size. ``start`` and ``end`` are times in RFC 3339.

        Raises ``ServerConnectionError`` if they break off.
        """
        # Reading by lines would not notice that they break off.
        rest, is_event = b"", False
        for piece in self.recording_data(recording_id, devices=devices, start=start, end=end):
            *lines, rest = (rest + piece).split(b"\n")
            for line in lines:
                # The first one is the recording itself.
                if is_event:
                    yield json.loads(line)
                is_event = True

    def recording_data(
        self,
        recording_id: str,
        format: Optional[str] = None,
        *,
        devices: Optional[Sequence[str]] = None,
        start: Optional[str] = None,
        end: Optional[str] = None,
        points: Optional[int] = None,
    ) -> Iterator[bytes]:
        """A recording, or a part of it, as a file: its bytes, while they come; also while it is recorded.

        ``format`` is ``jsonl`` (the default), ``csv``, ``parquet``, ``arrow``, ``mcap`` or ``hdf5``. With ``points``, of each
        number of a device only the samples with the smallest and the largest one of half as many intervals.

        Raises ``ServerConnectionError`` if they break off.
        """
        given = {"format": format, "devices": None if devices is None else ",".join(devices), "from": start, "to": end, "points": points}
        query = urlencode({key: value for key, value in given.items() if value is not None})
        path = device_path(recording_id, "/recordings") + "/data" + (f"?{query}" if query else "")
        attempted = f"Cannot GET {self.base_url}{path}"
        try:
            connection = self._address.open(self.timeout)
            try:
                headers = {**self._address.headers, "Connection": "close"}
                connection.request("GET", self._address.path(path), None, headers)
                response = connection.getresponse()
                if response.status != 200:
                    raise error_from_answer(attempted, response.status, response.getheader("Server"), response.read())
                yield from iter(lambda: response.read1(65536), b"")
            finally:
                connection.close()
        except (OSError, HTTPException) as error:
            raise ServerConnectionError(f"{attempted}: {str(error) or error.__class__.__name__}") from error
