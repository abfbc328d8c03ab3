"""The clock of an instrument beside the host's. Times are milliseconds after one of the year 2026."""
import unittest

from labdaemon.host.streams.clocks import SampleClocks
from labdaemon.host.streams.instrument_clock import InstrumentClock

T = 1_795_305_600_000


class Placed:
    """A clock that gets blocks of 100 samples every 100 ms."""

    def __init__(self, origin=T):
        self.clock = InstrumentClock()
        self._origin = origin

    def place(self, first, received):
        """The time of the first sample, and the step before it."""
        start, step = self.clock.place(round((self._origin + first) * 1000), 1000, 100, round((T + received) * 1000))
        return start / 1000 - T, step / 1000

    @property
    def steps(self):
        return self.clock.status()["steps"]


class TestInstrumentClock(unittest.TestCase):
    def test_times_in_utc_are_used_as_they_are_to_the_microsecond(self):
        clock = InstrumentClock()
        self.assertEqual(clock.place(T * 1000 + 123, 0, 1, (T + 5) * 1000), (T * 1000 + 123, 0))
        self.assertEqual(clock.status(), {"origin": "utc", "offset": 0.005, "drift": None, "steps": 0})

    def test_a_zero_of_its_own_is_placed_by_the_first_samples_and_keeps_its_pace(self):
        it = Placed(0)
        self.assertEqual(it.place(0, 1_099), (1_000, 0))
        self.assertEqual(it.place(100, 1_250), (1_100, 0))
        self.assertEqual(it.clock.status()["origin"], "own")

    def test_a_counter_that_begins_again_is_placed_again_and_times_do_not_go_back(self):
        it = Placed(0)
        it.place(5_000, 1_099)
        self.assertEqual(it.place(0, 1_150), (1_099, 0))
        self.assertEqual(it.place(100, 1_299), (1_198, 0))
        self.assertEqual(it.steps, 1)

    def test_a_new_run_places_a_zero_of_its_own_again(self):
        it = Placed(0)
        it.place(0, 1_099)
        it.clock.begin()
        self.assertEqual(it.place(100, 60_099), (60_000, 0))
        self.assertEqual(it.steps, 0)

    def test_a_correction_back_lets_the_time_stand_still_and_a_step_back_is_followed(self):
        it = Placed()
        it.place(0, 100)
        self.assertEqual(it.place(80, 200), (99, 0))
        self.assertEqual(it.place(-3_599_820, 280), (-3_599_820, -3_600_000))
        self.assertEqual(it.steps, 1)

    def test_a_step_forward_is_one_if_the_clock_of_the_host_has_not_moved_as_far(self):
        it = Placed()
        for i in range(110):
            self.assertEqual(it.place(i * 100, i * 100 + 120)[1], 0)
        self.assertEqual(it.place(3_600_000, 3_600_120)[1], 0)
        self.assertEqual(it.place(7_200_000, 3_600_220)[1], 3_599_900)
        self.assertEqual(it.steps, 1)

    def test_a_step_of_a_tenth_of_a_second_is_seen_once_the_delay_is_known(self):
        it = Placed()
        for i in range(200):
            self.assertEqual(it.place(i * 100, i * 100 + 120 + (i * 7) % 41)[1], 0)
        self.assertAlmostEqual(it.place(20_150, 20_121)[1], 150, delta=5)
        for i in range(201, 400):
            self.assertEqual(it.place(i * 100 + 150, i * 100 + 120 + (i * 7) % 41)[1], 0)
        self.assertEqual(it.steps, 1)

    def test_delays_that_vary_and_samples_that_waited_are_no_steps(self):
        busy, waited = Placed(), Placed()
        for i in range(1_000):
            busy.place(i * 100, i * 100 + 100 + (250 if i // 50 % 3 == 0 else 10 + i % 20))
        for i in range(100):
            waited.place(i * 2_000, 200_000 + i)
        self.assertEqual((busy.steps, waited.steps), (0, 0))

    def test_the_drift_is_estimated_from_the_least_delays(self):
        it = Placed()
        for i in range(3_000):
            it.place(i * 100 * (1 + 50e-6), i * 100 + 100 + (i * 7) % 41)
        status = it.clock.status()
        self.assertAlmostEqual(status["drift"], 50, delta=1)
        self.assertAlmostEqual(status["offset"], -0.014, delta=0.003)

    def test_when_the_host_is_set_times_in_utc_stay_and_placed_ones_move_with_it(self):
        utc, own = Placed(), Placed(0)
        utc.place(0, 100)
        self.assertIs(utc.clock.host_set(60_000_000), False)
        self.assertEqual(utc.place(100, 60_200), (100, 0))
        self.assertEqual(utc.clock.status()["offset"], 60.001)
        own.place(0, 1_099)
        self.assertIs(own.clock.host_set(-500_000), True)
        self.assertEqual(own.place(100, 699), (600, 0))


class TestSampleClocks(unittest.TestCase):
    def test_a_clock_that_is_set_all_the_time_does_not_flood_the_daemon_and_no_step_is_lost(self):
        steps = []
        clocks = SampleClocks(lambda *it: steps.append(it), lambda _: None)
        for i in range(101):
            clocks.place(T / 1000 - 3600 * i, 0.0, 1)
        self.assertLess(len(steps), 100)
        self.assertEqual({source for _, source in steps}, {"instrument"})
        clocks._second = 0.0
        clocks.place(T / 1000 - 3600 * 101, 0.0, 1)
        self.assertAlmostEqual(sum(step for step, _ in steps), -3_600_000 * 101, delta=60_000)


if __name__ == "__main__":
    unittest.main()
