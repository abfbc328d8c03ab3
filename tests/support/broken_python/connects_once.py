import os

from labdaemon.driver import driver


@driver(write=["{folder}"])
class ConnectsOnce:
    """Locks its port, and does not unlock it."""

    def __init__(self, folder: str):
        self.folder = folder

    def connect(self):
        os.mkdir(f"{self.folder}/lock")
