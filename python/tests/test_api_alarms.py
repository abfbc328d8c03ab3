from __future__ import annotations

from typing import Any, List


from .server_case import ServerCase

ALARM = {"device_id": "psu1", "name": "volts", "state": "firing"}


class AlarmTest(ServerCase):
    def test_alarms_have_their_requests(self) -> None:
        acknowledge = "POST /devices/psu1/alarms/volts/acknowledge"
        rows: List[Any] = [
            (lambda api: api.list_alarms(), "GET /alarms", None, {"alarms": [ALARM]}, [ALARM]),
            (lambda api: api.list_alarms("psu1"), "GET /devices/psu1/alarms", None, {"alarms": []}, []),
            (lambda api: api.acknowledge_alarm("psu1", "volts"), acknowledge, {}, ALARM, ALARM),
            (lambda api: api.acknowledge_alarm("psu1", "volts", "off"), acknowledge, {"note": "off"}, ALARM, ALARM),
        ]
        self.check_requests(rows)
