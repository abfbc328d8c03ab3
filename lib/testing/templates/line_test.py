import socketserver
import threading
import unittest

from line import LineTemplate


class Instrument(socketserver.StreamRequestHandler):
    """Answers as the instrument does."""

    def handle(self):
        for line in self.rfile:
            self.server.received.append(line.decode().strip())
            answer = {b"*IDN?\n": b"ACME,Supply,1,2.0\n", b"MEAS:VOLT?\n": b"1.25\n"}.get(line)
            if answer:
                self.wfile.write(answer)


class LineTemplateTest(unittest.TestCase):
    def setUp(self):
        self.server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Instrument)
        self.server.received = []
        thread = threading.Thread(target=self.server.serve_forever)
        thread.start()
        self.device = LineTemplate("127.0.0.1", self.server.server_address[1])
        self.device.connect()
        # In the reverse order.
        self.addCleanup(self.server.server_close)
        self.addCleanup(thread.join)
        self.addCleanup(self.server.shutdown)
        self.addCleanup(self.device.disconnect)

    def test_it_reads_the_voltage(self):
        self.assertEqual(next(self.device.stream(sample_rate=100)), 1.25)

    def test_it_sends_the_requested_voltage(self):
        self.device.set_voltage(3.3)
        self.assertEqual(self.device.identify(), "ACME,Supply,1,2.0")
        self.assertEqual(self.server.received, ["*IDN?", "VOLT 3.3", "*IDN?"])


if __name__ == "__main__":
    unittest.main()
