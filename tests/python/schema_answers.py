"""Reads a list of [JSON Schema, value] from its argument and writes what a Python driver answers: the issues, or the value.

With the argument `describe`, it writes the params of a class that corresponds to a schema of the test.
"""
import json
import sys
from typing import Annotated, Dict, List, Literal, Optional, Tuple, Union

from labdaemon.driver import Doc, Length, Pattern, Range, Step, Unit
from labdaemon.driver.schema.check import checked
from labdaemon.driver.definition import Definition
from labdaemon.driver.errors import InvalidInput


class Device:
    def __init__(
        self,
        host: Annotated[str, Doc("The name or address")],
        volts: Annotated[float, Unit("V"), Range(-20, 20)],
        pair: Tuple[float, str],
        port: Annotated[int, Range(1, 65535)] = 5025,
        count: int = 3,
        mode: Literal["fast", "slow"] = "fast",
        label: Optional[str] = None,
        gains: Annotated[Optional[List[float]], Unit("dB")] = None,
        step: Annotated[float, Range(above=0), Step(0.5)] = 1,
        code: Annotated[str, Length(1, 8), Pattern("^[A-Z]+$")] = "A",
        names: Dict[str, float] = {},
        either: Union[float, str] = 0,
        enabled: bool = True,
    ):
        pass


def answer(schema, value):
    try:
        return {"value": checked(schema, value)}
    except InvalidInput as error:
        return {"issues": error.issues}


if sys.argv[1] == "describe":
    print(json.dumps(Definition(Device).describe()["params"]))
else:
    print(json.dumps([answer(*it) for it in json.loads(sys.argv[1])]))
