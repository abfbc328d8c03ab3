import socket

from labdaemon.driver import driver, every


@driver(net=["127.0.0.1:{port}"])
class LeavesASocket:
    """Has no disconnect."""

    def __init__(self, port: int):
        self.port = port

    def connect(self):
        self.socket = socket.create_connection(("127.0.0.1", self.port))

    def stream(self):
        for _ in every(0.02):
            yield 1
