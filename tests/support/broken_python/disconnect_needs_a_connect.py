class DisconnectNeedsAConnect:
    """There may be nothing to close."""

    def connect(self):
        self.file = open(__file__)

    def disconnect(self):
        self.file.close()
