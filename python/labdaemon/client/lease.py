"""A lease of devices: while it lasts, no one else may command them."""

from __future__ import annotations

import threading
from functools import partial
from typing import TYPE_CHECKING, Any, Dict, Optional, Sequence

from ..server.errors import ForbiddenError, LeaseNotFoundError, ServerAPIError, ServerConnectionError, UnauthorizedError
from .in_thread import in_thread

if TYPE_CHECKING:
    from .async_bench import AsyncBench
    from .bench import Bench

_GONE = (LeaseNotFoundError, ForbiddenError, UnauthorizedError)


class Lease:
    """Leases devices for the block of a ``with``, which gets the bench. See ``Bench.lease``."""

    def __init__(
        self, bench: Bench, devices: Sequence[str], purpose: Optional[str], ttl: float, wait: Optional[float]
    ) -> None:
        self._bench = bench
        self._asked = {"purpose": purpose, "ttl": ttl, "wait": wait}
        self.devices = list(devices)
        #: The answer of the daemon: ``lease_id``, ``fence``, ``expires_at``.
        self.info: Dict[str, Any] = {}
        self._token = ""
        self._over = threading.Event()
        self._is_lost = False
        #: True for a wait that was given up: a lease that comes nevertheless is released.
        self._is_given_up = False

    @property
    def is_lost(self) -> bool:
        """True once the daemon has said that it has ended: commands are then refused until the end of the block."""
        return self._is_lost

    def __enter__(self) -> Bench:
        info = self._bench.api.acquire_lease(self.devices, **self._asked)
        self._token = info.pop("token")
        self.info = info
        self._over.clear()
        self._is_lost = False
        if self._is_given_up:
            self._bench.api.release_lease(info["lease_id"], self._token)
            return self._bench
        self._bench.address.enter_lease(self._token)
        threading.Thread(target=self._renew, args=(float(info["ttl"]),), name="labdaemon-lease", daemon=True).start()
        return self._bench

    def __exit__(self, kind: Any, *exception: object) -> None:
        self._over.set()
        try:
            if not self._is_lost:
                self._bench.api.release_lease(self.info["lease_id"], self._token)
        except _GONE:
            pass
        except ServerConnectionError:
            # It ends by itself; what has ended the block is the news.
            if kind is None:
                raise
        finally:
            self._bench.address.leave_lease(self._token)

    def _renew(self, ttl: float) -> None:
        # Twice fail, and the third time is still in time.
        while not self._over.wait(ttl / 3):
            try:
                self._bench.api.renew_lease(self.info["lease_id"], self._token)
            except _GONE:
                self._is_lost = True
                return
            except ServerAPIError:
                pass  # No answer: the daemon may be back in time.


class AsyncLease:
    """The same for ``async with``."""

    def __init__(self, bench: AsyncBench, lease: Lease) -> None:
        self._bench = bench
        self._lease = lease

    @property
    def is_lost(self) -> bool:
        """True once the daemon has said that it has ended."""
        return self._lease.is_lost

    async def __aenter__(self) -> AsyncBench:
        await in_thread(self._lease.__enter__, self._abandon)
        return self._bench

    async def __aexit__(self, *exception: Any) -> None:
        await in_thread(partial(self._lease.__exit__, *exception))

    def _abandon(self) -> None:
        """The wait was cancelled."""
        self._lease._is_given_up = True
