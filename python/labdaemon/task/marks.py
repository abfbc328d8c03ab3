"""Types of params."""

from __future__ import annotations

from typing import Annotated

from ..driver.marks import Mark

#: The id of a device: the task owns it while it runs.
DeviceId = Annotated[str, Mark({"device": True})]
