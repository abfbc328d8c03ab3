"""For authors of tasks. A task is a class in a file of the ``tasks`` folder::

    from labdaemon.task import DeviceId

    class Ramp:
        '''Ramps a voltage.'''

        on_unknown = "retry"

        def __init__(self, supply: DeviceId, to: float = 5.0):
            self.supply, self.to = supply, to

        def run(self, context):
            supply = context.device(self.supply)
            for n in range(11):
                context.step(f"point {n}", lambda: supply.set("voltage", self.to * n / 10))
                context.progress(n / 10, f"{n} of 10")
            return {"points": 11}

Nothing of it is needed: a class with ``run(self, context)`` is a task, also as the Python LabDaemon has them, with ``task_id`` as
an argument, ``self.device_ids``, ``context.daemon.get_device(…)``, ``context.cancel_event`` and ``context.resume_event``.
"""

from __future__ import annotations

from .errors import DeviceError, StepFailed, TaskCancelled
from .marks import DeviceId

__all__ = ["DeviceError", "DeviceId", "StepFailed", "TaskCancelled"]
