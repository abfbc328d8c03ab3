"""The abilities of devices, as the daemon describes them."""

from __future__ import annotations

import time
from typing import Any, Dict, List, Optional, Tuple

from ..server.api import ServerAPI
from ..server.errors import DeviceNotFoundError

Fields = Dict[str, Any]

# Seconds: the age of a description that is asked for again, and the least time between two questions for unknown names.
_MAX_AGE = 10.0
_MIN_AGE = 0.5


class UnknownDevice(DeviceNotFoundError, KeyError):
    """No device has this id. Also a KeyError, as ``bench[id]`` raises it."""

    __str__ = Exception.__str__


class Description:
    """The methods, properties and schemas of a device."""

    def __init__(self, device: Fields, driver: Fields) -> None:
        self.device_type: str = device["device_type"]
        self.summary: str = driver.get("summary") or ""
        self.methods: Dict[str, Fields] = {each["name"]: each for each in driver.get("methods") or ()}
        self.properties: Dict[str, Fields] = {each["name"]: each for each in driver.get("properties") or ()}
        #: The JSON Schema of a sample, or None.
        self.sample: Optional[Fields] = device.get("sample") or driver.get("sample")
        #: The JSON Schema of the options of a stream.
        self.options: Fields = driver.get("options") or {}

    def names(self) -> List[str]:
        """The names of the properties and methods."""
        return [*self.properties, *self.methods]

    def units(self) -> Dict[str, str]:
        """The units of a sample's channels, by their names; a sample without names has the channel ``value``."""
        return units_of(self.sample)


class Descriptions:
    """The descriptions of the devices of a bench. Any number of threads may share them, also across a fork: no lock."""

    def __init__(self, api: ServerAPI) -> None:
        self._api = api
        self._known: Dict[str, Tuple[float, Description]] = {}

    def of(self, device_id: str, name: Optional[str] = None) -> Description:
        """The description of a device; a driver may have changed since, if it lacks ``name``."""
        read_at, known = self._known.get(device_id, (0.0, None))
        age = time.monotonic() - read_at
        if known is None or age > _MAX_AGE or (name is not None and age > _MIN_AGE and name not in known.names()):
            known = self._read(device_id)
            self._known[device_id] = (time.monotonic(), known)
        return known

    def clear(self) -> None:
        """Ask again at the next use."""
        self._known.clear()

    def read_all(self) -> Dict[str, Description]:
        """The descriptions of all devices, from two requests."""
        devices, drivers = self._api.list_devices(), self._drivers()
        found = {each["device_id"]: each for each in devices if "device_type" in each}
        now = time.monotonic()
        for device_id, device in found.items():
            self._known[device_id] = (now, Description(device, drivers.get(device["device_type"], {})))
        return {device_id: self._known[device_id][1] for device_id in found}

    def known(self, device_id: str) -> Optional[Description]:
        """The description that was read last, without a request."""
        return self._known.get(device_id, (0.0, None))[1]

    def _read(self, device_id: str) -> Description:
        device = get_device(self._api, device_id)
        driver = self._drivers().get(device["device_type"])
        if driver is None:
            # The driver's file is gone, or has another name now; the device still has what it had.
            methods, properties = self._api.get_device_methods(device_id), self._api.get_device_properties(device_id)
            driver = {"methods": list(methods), "properties": list(properties)}
        return Description(device, driver)

    def _drivers(self) -> Dict[str, Fields]:
        return {each["name"]: each for each in self._api.list_drivers() if each.get("name") and "methods" in each}


def get_device(api: ServerAPI, device_id: str) -> Fields:
    """A device. Raises UnknownDevice."""
    try:
        return api.get_device(device_id)
    except DeviceNotFoundError as error:
        raise UnknownDevice(
            str(error),
            status=error.status,
            type=error.type,
            origin=error.origin,
            context=error.context,
            timestamp=error.timestamp,
        ) from None


def units_of(schema: Any) -> Dict[str, str]:
    """The units of the channels of a sample with this JSON Schema, by their names."""
    return dict(_units(schema, ()))


def _units(schema: Any, path: Tuple[str, ...]) -> List[Tuple[str, str]]:
    if not isinstance(schema, dict):
        return []
    for each in schema.get("anyOf") or ():
        if isinstance(each, dict) and each.get("type") != "null":
            schema = {**each, **{key: value for key, value in schema.items() if key != "anyOf"}}
            break
    properties = schema.get("properties")
    if isinstance(properties, dict):
        return [found for key, inner in properties.items() for found in _units(inner, (*path, key))]
    # The unit of a list is that of its items.
    unit = schema.get("unit")
    if not unit and isinstance(schema.get("items"), dict):
        return _units(schema["items"], path)
    return [(".".join(path) or "value", unit)] if isinstance(unit, str) and unit else []
