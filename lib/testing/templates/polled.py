from typing import Annotated, TypedDict

from labdaemon.driver import Unit


class Reading(TypedDict):
    temperature: Annotated[float, Unit("°C")]
    heating: bool


class PolledTemplate:
    """A thermometer with a heater, simulated."""

    def __init__(self, ambient: Annotated[float, Unit("°C")] = 21.0):
        # For a real instrument, add connect(self) and disconnect(self).
        self._ambient = ambient
        self._temperature = ambient
        self._heating = False

    def read(self) -> Reading:
        # One sample: the host calls it `sample_rate` times a second, never during a method. When it raises, the host
        # reconnects.
        self._temperature += 0.5 if self._heating else 0.1 * (self._ambient - self._temperature)
        return {"temperature": self._temperature, "heating": self._heating}

    def heat(self, on: bool):
        """Switch the heater."""
        self._heating = on
