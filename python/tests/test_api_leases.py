from __future__ import annotations

from typing import Any, List

from labdaemon.server import LeaseNotFoundError, ServerAPI

from .scripts import answering
from .server_case import ServerCase

LEASE = {"lease_id": "l7", "token": "lab_x", "devices": ["psu1"], "ttl": 30}


class LeaseTest(ServerCase):
    def test_leases_have_their_requests(self) -> None:
        listed = {"leases": [], "queue": []}
        results = [{"device_id": "psu1", "ok": True}]
        rows: List[Any] = [
            (lambda api: api.list_leases(), "GET /leases", None, listed, listed),
            (
                lambda api: api.acquire_lease(["psu1"], purpose="IV", ttl=5, wait=90),
                "POST /leases",
                {"devices": ["psu1"], "purpose": "IV", "ttl": 5, "wait": 90},
                LEASE,
                LEASE,
            ),
            (lambda api: api.renew_lease("l7", "lab_x"), "PUT /leases/l7", {}, LEASE, LEASE),
            (
                lambda api: api.break_lease("l7", "smoke"),
                "POST /leases/l7/break",
                {"reason": "smoke"},
                {"results": results},
                results,
            ),
        ]
        self.check_requests(rows)

    def test_a_lease_that_has_ended_cannot_be_released(self) -> None:
        error = {"error": {"type": "LeaseNotFound", "message": "it has ended"}}
        server = self.serve(answering(404, error))
        with self.assertRaises(LeaseNotFoundError):
            ServerAPI(server.url).release_lease("l7", "lab_x")
        self.assertEqual(server.next_request().headers["X-Lease"], "lab_x")
