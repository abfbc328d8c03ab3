import queue
import unittest

from push import PushTemplate


class PushTemplateTest(unittest.TestCase):
    def test_it_pushes_until_it_is_stopped(self):
        device = PushTemplate(high=2)
        samples = queue.Queue()
        device.start_streaming(samples.put, sample_rate=1000)
        self.assertTrue(all(0 <= samples.get(timeout=10) < 2 for _ in range(10)))
        self.assertTrue(device.is_streaming())
        device.stop_streaming()
        self.assertFalse(device.is_streaming())


if __name__ == "__main__":
    unittest.main()
