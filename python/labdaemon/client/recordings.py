"""The recordings of a bench."""

from __future__ import annotations

import os
import warnings
from typing import TYPE_CHECKING, Any, Dict, Iterator, List, Optional, Sequence, Union

from ..server.errors import ServerAPIError
from .arrays import from_wire
from .collection import Collection
from .description import units_of
from .sample import Gap, Sample

if TYPE_CHECKING:
    from .bench import Bench

# The formats of files by the endings of their names.
_FORMATS = {
    ".csv": "csv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".parquet": "parquet",
    ".arrow": "arrow",
    ".feather": "arrow",
    ".mcap": "mcap",
    ".hdf5": "hdf5",
    ".h5": "hdf5",
}

_ABOUT = ("recording_id", "name", "started_at", "ended_at", "tags", "notes")


class UnknownRecording(ServerAPIError, KeyError):
    """No recording has this id. Also a KeyError, as ``bench.recordings[id]`` raises it."""

    __str__ = Exception.__str__


class Recordings(Sequence["Recording"]):
    """The recordings of a bench, the oldest first.

        bench.recordings["run42"].to_pandas()
        bench.recordings[-1]                       # the newest
        run = bench.recordings.start("run43", ["daq1"], until="10min")
    """

    def __init__(self, bench: Bench) -> None:
        self._bench = bench

    def __getitem__(self, key: Union[str, int, slice]) -> Any:
        if isinstance(key, str):
            Recording(self._bench, key).info()
            return Recording(self._bench, key)
        return list(self)[key]

    def __iter__(self) -> Iterator[Recording]:
        return iter([Recording(self._bench, recording_id) for recording_id in self.ids()])

    def __len__(self) -> int:
        return len(self.ids())

    def __contains__(self, item: object) -> bool:
        return (item.id if isinstance(item, Recording) else item) in self.ids()

    def __bool__(self) -> bool:
        return True

    def ids(self) -> List[str]:
        """The ids of all recordings, the oldest first."""
        return [each["recording_id"] for each in self._bench.api.list_recordings()]

    def start(
        self,
        name: str,
        devices: Optional[Sequence[str]] = None,
        *,
        note: Optional[str] = None,
        tags: Optional[Sequence[str]] = None,
        until: Optional[str] = None,
    ) -> Recording:
        """Record devices, all by default. ``until`` is a time or a duration, such as ``"10min"``."""
        started = self._bench.api.start_recording(name, devices, note=note, tags=tags, until=until)
        return Recording(self._bench, started["recording_id"])

    def __repr__(self) -> str:
        return f"<Recordings of {self._bench.url}>"

    def _ipython_key_completions_(self) -> List[str]:
        return self.ids()


class Recording:
    """A recording. While it runs, its data are those that are stored so far."""

    def __init__(self, bench: Bench, recording_id: str) -> None:
        self._bench = bench
        self.id = recording_id

    def info(self) -> Dict[str, Any]:
        """The recording as the server describes it: its state, devices, notes and contents. Raises a KeyError if it is gone."""
        try:
            return self._bench.api.get_recording(self.id)
        except ServerAPIError as error:
            if error.type != "RecordingNotFound":
                raise
            raise UnknownRecording(
                str(error), status=error.status, type=error.type, origin=error.origin, context=error.context
            ) from None

    def stop(self) -> Recording:
        """Stop it. Stopping twice is fine."""
        self._bench.api.stop_recording(self.id)
        return self

    def add_note(self, text: str) -> Recording:
        """Add a note, also to one that has stopped."""
        self._bench.api.add_recording_note(self.id, text)
        return self

    def delete(self) -> None:
        """Delete the recording with its data. It must have stopped."""
        self._bench.api.delete_recording(self.id)

    def events(
        self, devices: Optional[Sequence[str]] = None, *, start: Optional[str] = None, end: Optional[str] = None
    ) -> Iterator[Dict[str, Any]]:
        """The events of the recording one by one, as they were streamed: samples (``device_data``), states, gaps, descriptions.

        Integers and times are exact. ``start`` and ``end`` are times in RFC 3339.
        """
        return self._bench.api.recording_events(self.id, devices, start=start, end=end)

    def save(
        self,
        path: Union[str, "os.PathLike[str]", None] = None,
        format: Optional[str] = None,
        *,
        devices: Optional[Sequence[str]] = None,
        start: Optional[str] = None,
        end: Optional[str] = None,
        points: Optional[int] = None,
    ) -> str:
        """Write it, or a part of it, to a file, which is whole or not there. Returns the path: ``run42.csv`` by default.

            run.save("run.h5")
            run.save(format="parquet", start="2026-11-26T08:00:00Z")

        ``format`` is ``csv``, ``jsonl``, ``parquet``, ``arrow``, ``mcap`` or ``hdf5``; by default, that of the path's ending.
        With ``points``, of each number only the samples with the smallest and the largest one of half as many intervals.
        """
        ending = os.path.splitext(path or "")[1].lower()
        kind = format or _FORMATS.get(ending, "csv" if path is None else "")
        if not kind:
            raise ValueError(f'Cannot save "{self.id}" as {os.fspath(path or "")}: name a format, such as format="parquet"')
        target = os.fspath(path) if path is not None else f"{self.id}.{kind}"
        draft = f"{target}.part"
        pieces = self._bench.api.recording_data(self.id, kind, devices=devices, start=start, end=end, points=points)
        try:
            with open(draft, "wb") as file:
                for piece in pieces:
                    file.write(piece)
            os.replace(draft, target)
        except BaseException:
            if os.path.exists(draft):
                os.remove(draft)
            raise
        return target

    def collect(
        self, devices: Optional[Sequence[str]] = None, *, start: Optional[str] = None, end: Optional[str] = None
    ) -> Dict[str, Collection]:
        """The samples of each device, with units and gaps, in memory."""
        found: Dict[str, Collection] = {}
        for event in self.events(devices, start=start, end=end):
            kind = event.get("event")
            if kind == "broken":
                warnings.warn(f'A part of recording "{self.id}" cannot be read: {event.get("message")}', stacklevel=3)
            device_id = event.get("device_id")
            if not isinstance(device_id, str):
                continue
            if device_id not in found:
                found[device_id] = Collection(device_id, [], [], {})
            collection = found[device_id]
            if kind == "device_data":
                collection.samples.append(_sample(event))
            elif kind == "gap":
                collection.gaps.append(Gap(event))
            elif kind == "descriptor":
                collection.units.update(units_of(event.get("sample")))
        return found

    def to_numpy(
        self, device_id: Optional[str] = None, *, start: Optional[str] = None, end: Optional[str] = None
    ) -> Any:
        """The values of one device as an array, as ``Collection.to_numpy``; ``attrs["recording"]`` is what it is of.

        ``device_id`` may be left out if the recording has one device.
        """
        about = self.info()
        if device_id is None:
            known = [each["device_id"] for each in about.get("contents") or ()]
            if len(known) != 1:
                raise ValueError(f'Cannot read "{self.id}" as one array: name one of its devices, {", ".join(known) or "none"}')
            device_id = known[0]
        found = self.collect([device_id], start=start, end=end).get(device_id) or Collection(device_id, [], [], {})
        array = found.to_numpy()
        array.attrs["recording"] = _about(about)
        return array

    def to_pandas(
        self,
        devices: Union[str, Sequence[str], None] = None,
        *,
        start: Optional[str] = None,
        end: Optional[str] = None,
    ) -> Any:
        """A DataFrame: the index ``timestamp`` (UTC), the columns ``device_id`` and ``sequence``, and one for each channel.

        The samples of one device follow each other as they were recorded. ``attrs`` has the ``recording``, and by the ids of the
        devices their ``units`` and ``gaps``. Integers are exact: where there are some beyond 2^53 and a value is missing, the
        column has the type ``Int64``.
        """
        try:
            import pandas
        except ImportError:
            raise ImportError("to_pandas() needs pandas: pip install pandas") from None
        about = self.info()
        collections = self.collect([devices] if isinstance(devices, str) else devices, start=start, end=end)
        whole = Collection(self.id, [], [], {})
        for each in collections.values():
            whole.samples.extend(each.samples)
        frame = whole.to_pandas()
        name = "device_id"
        if name in frame.columns:
            frame = frame.rename(columns={name: f"payload.{name}"})
        owners = [sample.device_id for sample in whole.samples]
        frame.insert(0, name, pandas.Series(owners, index=frame.index, dtype=object))
        frame.attrs.clear()
        frame.attrs["recording"] = _about(about)
        frame.attrs["units"] = {device_id: dict(each.units) for device_id, each in collections.items()}
        frame.attrs["gaps"] = {device_id: [gap.to_dict() for gap in each.gaps] for device_id, each in collections.items()}
        return frame

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Recording) and (other.id, other._bench.url) == (self.id, self._bench.url)

    def __hash__(self) -> int:
        return hash((self.id, self._bench.url))

    def __repr__(self) -> str:
        return f"<Recording {self.id} of {self._bench.url}>"


def _sample(event: Dict[str, Any]) -> Sample:
    value = event["payload"]
    sample = Sample(event["device_id"], event["sequence"], event["timestamp"], value)
    # A list of numbers has no arrays in it.
    if isinstance(value, dict) or (isinstance(value, list) and any(isinstance(each, (dict, list)) for each in value)):
        sample.value = from_wire(value)
    sample.dt = event.get("dt")
    sample._received = event.get("received")
    return sample


def _about(info: Dict[str, Any]) -> Dict[str, Any]:
    return {key: info[key] for key in _ABOUT if key in info}
