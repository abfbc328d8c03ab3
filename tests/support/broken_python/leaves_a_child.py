import subprocess

from labdaemon.driver import driver, every


@driver(run=["sleep"])
class LeavesAChild:
    """Has no disconnect."""

    def connect(self):
        self.child = subprocess.Popen(["sleep", "60"])

    def stream(self):
        for _ in every(0.02):
            yield 1
