from __future__ import annotations

from typing import Any, List

from labdaemon.server import ServerAPI

from .scripts import answering
from .server_case import ServerCase

TASK = {"task_id": "iv1", "task_type": "IVCurve", "running": False, "result": 5}


class TaskTest(ServerCase):
    def test_tasks_have_their_requests(self) -> None:
        start = {"task_id": "iv1", "task_type": "IVCurve", "params": {"to": 3}}
        owned = {**start, "params": {}, "device_ids": ["psu1"]}
        change = {"key": "settle", "value": 2}
        set_answer = {"status": "parameter_set", **change}
        rows: List[Any] = [
            (lambda api: api.list_task_types(), "GET /task-types", None, {"task_types": [TASK]}, [TASK]),
            (lambda api: api.list_tasks(), "GET /tasks", None, {"tasks": [TASK]}, [TASK]),
            (lambda api: api.get_task("iv1"), "GET /tasks/iv1", None, TASK, TASK),
            (lambda api: api.wait_for_task("iv1"), "GET /tasks/iv1", None, TASK, TASK),
            (lambda api: api.execute_task("iv1", "IVCurve", params={"to": 3}), "POST /tasks", start, TASK, TASK),
            (lambda api: api.execute_task("iv1", "IVCurve", device_ids=["psu1"]), "POST /tasks", owned, TASK, TASK),
            (lambda api: api.cancel_task("iv1"), "POST /tasks/iv1/cancel", {}, TASK, TASK),
            (lambda api: api.pause_task("iv1"), "POST /tasks/iv1/pause", {}, TASK, TASK),
            (lambda api: api.resume_task("iv1"), "POST /tasks/iv1/resume", {}, TASK, TASK),
            (lambda api: api.answer_task("iv1", "retry"), "POST /tasks/iv1/answer", {"choice": "retry"}, TASK, TASK),
            (lambda api: api.set_task_parameter("iv1", "settle", 2), "POST /tasks/iv1/parameters", change, set_answer,
             set_answer),
            (lambda api: api.get_task_parameters("iv1"), "GET /tasks/iv1/parameters", None, {"parameters": {"a": 1}},
             {"a": 1}),
            (lambda api: api.get_task_data("iv1", 7), "GET /tasks/iv1/data?after=7", None, {"rows": [], "next": 7},
             {"rows": [], "next": 7}),
        ]
        self.check_requests(rows)

    def test_a_task_without_an_error_has_none(self) -> None:
        no_error = {"error": {"type": "NoError", "message": "none is recorded (404)", "context": {}}}
        server = self.serve(answering(404, no_error))
        self.assertIsNone(ServerAPI(server.url).get_task_error("iv1"))
        server = self.serve(answering(404, no_error))
        self.assertIsNone(ServerAPI(server.url).clear_task_error("iv1"))

    def test_the_error_of_a_task_is_read_both_ways(self) -> None:
        error = {"type": "FuseError", "message": "the fuse is gone"}
        server = self.serve(answering(200, {"error": error}))
        found = ServerAPI(server.url).get_task_error("iv1")
        assert found is not None
        self.assertEqual([found["message"], found["error"]["type"]], ["the fuse is gone", "FuseError"])

    def test_waiting_for_a_task_has_an_end(self) -> None:
        server = self.serve(answering(200, {**TASK, "running": True}))
        with self.assertRaises(TimeoutError):
            ServerAPI(server.url).wait_for_task("iv1", timeout=0)
