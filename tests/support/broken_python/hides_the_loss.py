import socket

from labdaemon.driver import driver, every


@driver(net=["127.0.0.1:{port}"])
class HidesTheLoss:
    """When the line breaks it repeats the last value: a dead instrument looks alive."""

    def __init__(self, port: int):
        self.port = port

    def connect(self):
        self.socket = socket.create_connection(("127.0.0.1", self.port))

    def disconnect(self):
        if hasattr(self, "socket"):
            self.socket.close()

    def stream(self):
        value = 0.0
        for _ in every(0.02):
            try:
                self.socket.sendall(b"MEAS?\n")
                value = float(self.socket.recv(100))
            except (OSError, ValueError):
                pass
            yield value
