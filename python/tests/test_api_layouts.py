from __future__ import annotations

from typing import Any, List

from .server_case import ServerCase

LAYOUT = {"name": "IV curve", "saved_by": "alice", "layout": {"span": 60}}


class LayoutTest(ServerCase):
    def test_layouts_have_their_requests(self) -> None:
        rows: List[Any] = [
            (lambda api: api.list_layouts(), "GET /layouts", None, {"layouts": [LAYOUT]}, [LAYOUT]),
            (lambda api: api.get_layout("IV curve"), "GET /layouts/IV%20curve", None, LAYOUT, LAYOUT),
            (lambda api: api.save_layout("a/b", {"span": 60}), "PUT /layouts/a%2Fb", {"layout": {"span": 60}}, LAYOUT, LAYOUT),
            (lambda api: api.delete_layout("a"), "DELETE /layouts/a", None, {}, None),
        ]
        self.check_requests(rows)
