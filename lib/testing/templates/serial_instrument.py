import threading
from typing import Annotated, Iterator

from labdaemon.driver import Range, Unit, driver, every


# Only this port: no network, no file.
@driver(devices=["{port}"])
class SerialTemplate:
    """An instrument that answers lines of text over a serial port.

    Args:
        port: The serial port; ls -l /dev/serial/by-id shows the names, which stay when ports swap
        baud: Bits per second
    """

    def __init__(
        self, port: str = "/dev/serial/by-id/usb-my-instrument", baud: Annotated[int, Unit("Bd"), Range(50, 4000000)] = 9600
    ):
        self._port, self._baud = port, baud
        self._serial = None
        # The stream has a thread of its own: its questions and those of methods take turns.
        self._turn = threading.Lock()

    def connect(self):
        # python3 -m pip install pyserial, or see "Packages and interpreters" in docs/drivers-in-python.md.
        from serial import Serial

        self._serial = Serial(self._port, self._baud, timeout=2, write_timeout=2)
        # A port opens without an instrument, too. One that does not answer is not connected.
        self.identify()

    def disconnect(self):
        # Called last, also after connect failed; then there is nothing to close.
        if self._serial is not None:
            self._serial.close()

    def stream(
        self, sample_rate: Annotated[float, Unit("Hz"), Range(0.1, 20)] = 5.0
    ) -> Iterator[Annotated[float, Unit("V")]]:
        # When this raises, the host ends the connection and makes a new one: no retry, no except.
        for _ in every(1 / sample_rate):
            yield float(self._query("MEAS:VOLT?"))

    def identify(self) -> str:
        """Maker, model, serial number, version."""
        return self._query("*IDN?")

    def set_voltage(self, volts: Annotated[float, Unit("V"), Range(0, 30)]):
        """Set the output's voltage."""
        with self._turn:
            self._serial.write(f"VOLT {volts}\n".encode())

    def _query(self, question: str) -> str:
        with self._turn:
            self._serial.write(f"{question}\n".encode())
            answer = self._serial.readline()
        if not answer.endswith(b"\n"):
            raise TimeoutError(f"The instrument has not answered {question} within 2 s")
        return answer.decode("latin-1").strip()
