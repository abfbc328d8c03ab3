import unittest

from polled import PolledTemplate


class PolledTemplateTest(unittest.TestCase):
    def test_it_gets_warmer_while_it_heats(self):
        device = PolledTemplate(ambient=20)
        self.assertEqual(device.read(), {"temperature": 20, "heating": False})
        device.heat(on=True)
        self.assertEqual(device.read(), {"temperature": 20.5, "heating": True})


if __name__ == "__main__":
    unittest.main()
