import unittest

from generator import GeneratorTemplate


class GeneratorTemplateTest(unittest.TestCase):
    def test_it_streams_within_its_amplitude(self):
        device = GeneratorTemplate(amplitude=2)
        samples = device.stream(sample_rate=1000)
        self.assertTrue(all(abs(next(samples)) <= 2 for _ in range(10)))

    def test_scale_multiplies_the_amplitude(self):
        device = GeneratorTemplate(amplitude=2)
        self.assertEqual(device.scale(1.5), 3)
        self.assertEqual(device.amplitude, 3)


if __name__ == "__main__":
    unittest.main()
