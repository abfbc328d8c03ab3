"""The samples of a run beside the driver's declaration, with time by hand."""
import array
import datetime
import math
import types
import unittest

from labdaemon.driver import Lost, block, stamped
from labdaemon.host.streams.stream_check import StreamCheck

NUMBER = {"type": "number"}


class Time:
    """A clock that a test moves."""

    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


def check_of(warnings, clock, sample=None, rate=None, pace=None, place=None, is_waveform=lambda _: False, reported=()):
    declared = types.SimpleNamespace(sample=sample, pace_place=lambda: pace, sample_place=lambda: place)
    return StreamCheck(declared, rate, is_waveform, set(reported), lambda *it: warnings.append(it), clock)


def warnings(make, seconds=10, every=0.1, **more):
    """The warnings while ``make(i)`` is yielded every so many seconds."""
    found, clock = [], Time()
    check = check_of(found, clock, **more)
    for i in range(round(seconds / every)):
        check.took(make(i))
        clock.now += every
    return found


class TestRate(unittest.TestCase):
    def test_a_rate_a_thousand_times_the_one_that_was_asked_for_is_a_warning_that_names_the_line(self):
        values = block(t0=0, dt=1, values=[1, 2, 3, 4, 5])
        self.assertEqual(warnings(lambda _: values, 6, 0.001, rate=5, pace="my_daq.py:14"), [(
            "RateMismatch",
            "It gives 5,000 samples per second, where sample_rate asks for 5: every() takes seconds: "
            "every(1 / sample_rate) (my_daq.py:14)",
        )])

    def test_a_rate_that_is_a_little_off_or_off_for_a_moment_is_no_warning(self):
        for every, rate, seconds in ((0.07, 10, 10), (0.14, 10.0, 10), (0.01, 10, 2), (0.01, None, 10), (10, 0.1, 200),
                                     (0.01, True, 10)):
            self.assertEqual(warnings(lambda _: 0, seconds, every, rate=rate), [])

    def test_a_rate_that_is_right_again_ends_the_warning(self):
        found = warnings(lambda _: 0, 20, 0.4, rate=10)
        self.assertRegex(found[0][1], r"^It gives 2\.5 samples per second, where sample_rate asks for 10: .* slower")
        self.assertEqual(len(found), 1)
        self.assertEqual(warnings(lambda _: 0, rate=10, reported=["RateMismatch"]), [("RateMismatch", None)])

    def test_lost_samples_count(self):
        self.assertEqual(warnings(lambda i: Lost(9) if i % 2 else 0, 10, 0.1, rate=50), [])

    def test_where_samples_are_waveforms_sample_rate_may_mean_their_values(self):
        trace = array.array("f", bytes(4_000))
        self.assertEqual(warnings(lambda _: trace, rate=10_000), [])
        self.assertEqual(warnings(lambda _: trace, rate=10), [])


class TestSamples(unittest.TestCase):
    def test_samples_of_another_schema_are_a_warning_that_names_the_line_and_the_place(self):
        sample = {"type": "object", "required": ["x"], "properties": {"x": NUMBER, "y": {}}}
        self.assertEqual(warnings(lambda _: {"x": "1", "y": 2}, sample=sample, place="my_daq.py:9"), [(
            "SampleMismatch",
            "Its samples do not fit the schema that its driver declares as sample (my_daq.py:9): "
            'x: expected a number, found a text: write it without quotes, in {"x":"1","y":2}',
        )])

    def test_samples_that_fit_again_end_the_warning(self):
        found = warnings(lambda i: "1" if i < 10 else 1, 20, sample=NUMBER)
        self.assertEqual([(type, text is None) for type, text in found], [("SampleMismatch", False), ("SampleMismatch", True)])

    def test_what_becomes_json_of_the_schema_fits(self):
        def fits(sample, value, **more):
            self.assertEqual(warnings(lambda _: value, sample=sample, **more), [], value)

        fits(NUMBER, math.nan)
        fits({"type": "object", "properties": {"x": NUMBER}}, {"x": math.inf})
        fits({"type": "array", "items": NUMBER}, array.array("f", [1, math.nan]))
        fits({"type": "string", "format": "date-time"}, datetime.datetime.now(datetime.timezone.utc))
        fits(NUMBER, stamped(0, 1))
        fits(NUMBER, block(t0=0, dt=1, values=[1, 2]))
        fits({"type": "object", "properties": {"a": NUMBER}}, block(t0=0, dt=1, values={"a": [1, 2]}))
        fits({"type": "array", "items": NUMBER}, block(t0=0, dt=1, values=[1, 2]), is_waveform=lambda _: True)
        fits(NUMBER, "no number" * 20_000)
        fits(None, "anything")

    def test_a_schema_that_raises_is_not_the_failure_of_the_stream(self):
        self.assertEqual(warnings(lambda _: 1, sample={"type": "defect"}), [])


if __name__ == "__main__":
    unittest.main()
