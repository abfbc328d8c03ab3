import socket
import threading
from typing import Annotated, Iterator

from labdaemon.driver import Range, Unit, driver, every


# Only this host and port: no other machine, no file.
@driver(net=["{host}:{port}"])
class LineTemplate:
    """An instrument that answers lines of text over TCP.

    Args:
        host: The instrument's name or address
        port: Its port; SCPI instruments listen on 5025
    """

    def __init__(self, host: str = "127.0.0.1", port: Annotated[int, Range(1, 65535)] = 5025):
        self._address = (host, port)
        self._socket = None
        # The stream has a thread of its own: its questions and those of methods take turns.
        self._turn = threading.Lock()

    def connect(self):
        self._socket = socket.create_connection(self._address, timeout=2)
        self._lines = self._socket.makefile("r", encoding="latin-1", newline="\n")
        # Every instrument answers this. One that accepts connections but does not answer is not connected.
        self.identify()

    def disconnect(self):
        # Called last, also after connect failed; then there is nothing to close.
        if self._socket is not None:
            self._lines.close()
            self._socket.close()

    def stream(
        self, sample_rate: Annotated[float, Unit("Hz"), Range(0.1, 100)] = 10.0
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
            self._socket.sendall(f"VOLT {volts}\n".encode())

    def _query(self, question: str) -> str:
        with self._turn:
            self._socket.sendall(f"{question}\n".encode())
            answer = self._lines.readline()
        if not answer.endswith("\n"):
            raise ConnectionError(f"The instrument has closed the connection before it answered {question}")
        return answer.strip()
