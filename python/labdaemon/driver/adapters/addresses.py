"""The permissions that the addresses of VISA need."""

from __future__ import annotations

import re
from typing import Any, Dict, List

_TCPIP = re.compile(r"TCPIP\d*::(\[[0-9a-fA-F:.]+\]|[^:]+)(?:::(.+))?$", re.IGNORECASE)
_SERIAL = re.compile(r"ASRL(/dev/[^:]+)(?:::|$)", re.IGNORECASE)
#: PyVISA-sim's instruments stand in a file.
_SIMULATED = re.compile(r"(.+\.ya?ml)@sim$")
_USB = re.compile(r"USB\d*::", re.IGNORECASE)

#: The devices of USB, which pyvisa-py opens itself.
USB_PATH = "/dev/bus/usb"


def permissions_of(params: Any) -> Dict[str, List[str]]:
    """The permissions for all addresses of VISA in some params, whatever the keys."""
    found: Dict[str, List[str]] = {}

    def add(kind: str, entry: str) -> None:
        entries = found.setdefault(kind, [])
        if entry not in entries:
            entries.append(entry)

    for text in _texts(params):
        network, serial, simulated = _TCPIP.match(text), _SERIAL.match(text), _SIMULATED.match(text)
        if network:
            host, rest = network[1], (network[2] or "").split("::")
            is_socket = len(rest) > 1 and rest[0].isdigit() and rest[1].upper() == "SOCKET"
            # VXI-11 has a port that the instrument chooses.
            add("net", f"{host}:{rest[0]}" if is_socket else host)
        elif simulated:
            add("read", simulated[1])
        elif serial:
            add("serial", serial[1])
        elif _USB.match(text):
            add("read", USB_PATH)
            add("write", USB_PATH)
    return found


def _texts(value: Any) -> List[str]:
    if isinstance(value, str):
        return [value]
    items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [text for item in items for text in _texts(item)]
