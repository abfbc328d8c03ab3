"""Lists as the server answers them."""

from __future__ import annotations

from typing import Any, Dict, List


class Listing(List[Dict[str, Any]]):
    """A list of dicts that also answers to its name on the wire.

    ``for device in api.list_devices()`` and ``api.list_devices()["devices"]`` both read well and both occur in
    programs, so both work.
    """

    def __init__(self, name: str, rows: List[Dict[str, Any]]) -> None:
        super().__init__(rows)
        self._name = name

    def __getitem__(self, key: Any) -> Any:
        return list(self) if key == self._name else super().__getitem__(key)
