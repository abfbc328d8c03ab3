import socket

from labdaemon.driver import driver


@driver(net=["127.0.0.1:{port}"])
class ConnectsInCreate:
    """The instrument belongs into connect."""

    def __init__(self, port: int):
        self.socket = socket.create_connection(("127.0.0.1", port))

    def disconnect(self):
        self.socket.close()
