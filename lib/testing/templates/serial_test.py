import unittest

from serial_instrument import SerialTemplate


class Port:
    """Answers as the instrument does."""

    def __init__(self):
        self.received = []

    def write(self, line):
        self.received.append(line)

    def readline(self):
        return {b"*IDN?\n": b"ACME,Supply,1,2.0\n", b"MEAS:VOLT?\n": b"1.25\n"}.get(self.received[-1], b"")


class SerialTemplateTest(unittest.TestCase):
    def setUp(self):
        self.device = SerialTemplate()
        self.port = self.device._serial = Port()

    def test_it_reads_the_voltage(self):
        self.assertEqual(next(self.device.stream(sample_rate=10)), 1.25)

    def test_it_sends_the_requested_voltage(self):
        self.device.set_voltage(3.3)
        self.assertEqual(self.port.received, [b"VOLT 3.3\n"])

    def test_an_instrument_that_does_not_answer_is_an_error(self):
        with self.assertRaisesRegex(TimeoutError, "has not answered"):
            self.device._query("SYST:ERR?")


if __name__ == "__main__":
    unittest.main()
