"""Who may command which devices. A part of ``ServerAPI``."""

from __future__ import annotations

import math
from typing import Any, Dict, List, Optional, Sequence

from .address import device_path

Answer = Dict[str, Any]


class LeaseMethods:
    """The methods of ``ServerAPI`` about leases. ``Bench.lease`` also renews and releases one."""

    timeout: Optional[float]

    def list_leases(self) -> Answer:
        """``leases``: who owns which devices, and until when; ``queue``: the requests that wait."""
        return self._request("GET", "/leases", key="leases")

    def acquire_lease(
        self,
        devices: Sequence[str],
        *,
        purpose: Optional[str] = None,
        ttl: Optional[float] = None,
        wait: Optional[float] = None,
    ) -> Answer:
        """Lease all of some devices: the answer has ``lease_id`` and ``token``.

        ``ttl`` (seconds, 30 by default) is the time that it holds without being renewed; ``wait`` is how long the server may
        wait until all devices are free. Raises ``DeviceInUseError``.
        """
        given = {"purpose": purpose, "ttl": ttl, "wait": wait}
        body = {"devices": list(devices), **{name: value for name, value in given.items() if value is not None}}
        steps = 1 if not wait or not self.timeout else 1 + math.ceil(wait / self.timeout)
        return self._request("POST", "/leases", body, key="token", steps=steps)

    def renew_lease(self, lease_id: str, token: str, ttl: Optional[float] = None) -> Answer:
        """Renew a lease; ``ttl`` is its new time in seconds."""
        body = {} if ttl is None else {"ttl": ttl}
        return self._request("PUT", device_path(lease_id, "/leases"), body, key="lease_id", lease=token)

    def release_lease(self, lease_id: str, token: str) -> None:
        """Release a lease: its devices are free, and stay as they are."""
        self._request("DELETE", device_path(lease_id, "/leases"), lease=token)

    def break_lease(self, lease_id: str, reason: str) -> List[Answer]:
        """End another one's lease. Answers with the outcome for each device, which was made safe. For administrators."""
        path = device_path(lease_id, "/leases") + "/break"
        return list(self._request("POST", path, {"reason": reason}, key="results")["results"])

    def _request(self, *args: Any, **kwargs: Any) -> Answer:
        raise NotImplementedError
