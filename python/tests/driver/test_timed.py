"""Lost samples, stamped values, blocks and ticks."""

import array
import asyncio
import datetime
import unittest

from labdaemon.driver import Lost, block, cancelled, every, progress, stamped
from labdaemon.driver.context import CALL, RUN


class Run:
    """A run that stops at the ``n``-th wait, and counts the time that it was to wait."""

    def __init__(self, n):
        self.left = n
        self.waited = 0.0

    def stopping(self):
        return self.left <= 0

    def wait(self, seconds):
        self.left -= 1
        self.waited += seconds
        return self.left <= 0

    async def wait_async(self, seconds):
        return self.wait(seconds)


class Call:
    def __init__(self):
        self.reports = []

    def cancelled(self):
        return bool(self.reports)

    def progress(self, *report):
        self.reports.append(report)


class Times(unittest.TestCase):
    def test_a_stamp_takes_datetimes_and_seconds(self):
        at = datetime.datetime(2026, 1, 2, tzinfo=datetime.timezone.utc)
        self.assertEqual([stamped(at, 1).time, stamped(2.5, 1).time], [at.timestamp(), 2.5])
        for wrong in (-1, float("nan"), 1e12):
            with self.assertRaisesRegex(ValueError, "it must be seconds from 0 to the year 9999"):
                stamped(wrong, 1)

    def test_a_block_has_a_channel_a_list_or_names(self):
        for values, form, payload in [
            ([1, 2, 3], "channel", 2), (array.array("d", [1, 2, 3]), "channel", 2.0),
            ([[1, 2, 3], [4, 5, 6]], "list", [2, 5]), ({"x": [1, 2, 3], "y": (4, 5, 6)}, "object", {"x": 2, "y": 5}),
        ]:
            with self.subTest(form=form):
                it = block(t0=0, dt=0.1, values=values)
                self.assertEqual((it.form, it.length, it.payload(1)), (form, 3, payload))
                self.assertEqual(list(it.payloads())[1], payload)

    def test_a_block_that_cannot_be_is_refused(self):
        for values in (5, "abc", {"x": 5}, {}, None):
            with self.assertRaisesRegex(TypeError, "its values must be an array"):
                block(0, 0.1, values)
        with self.assertRaisesRegex(ValueError, "its channels must have one length, found 1, 2"):
            block(0, 0.1, [[1], [1, 2]])
        for dt in (0, -1, float("inf"), float("nan")):
            with self.assertRaisesRegex(ValueError, "it must be a positive number of seconds"):
                block(0, dt, [1])

    def test_lost_takes_positive_integers(self):
        self.assertEqual(Lost(3).count, 3)
        for wrong in (0, -1, 1.5, True, 2**53):
            with self.assertRaises(ValueError):
                Lost(wrong)


class Ticks(unittest.TestCase):
    def in_run(self, run, function):
        token = RUN.set(run)
        try:
            return function()
        finally:
            RUN.reset(token)

    def test_every_ticks_until_the_run_stops_and_the_first_tick_is_at_once(self):
        run = Run(1)
        ticks = self.in_run(run, lambda: list(every(3600)))
        self.assertEqual(ticks, [0])
        self.assertAlmostEqual(run.waited, 3600, delta=1)

    def test_every_is_an_async_iterable(self):
        async def take():
            return [it async for it in every(3600)]

        self.assertEqual(self.in_run(Run(1), lambda: asyncio.run(take())), [0])

    def test_a_late_loop_catches_up_without_waiting(self):
        run = Run(1)

        def take():
            found = []
            for it in every(1e-9):
                found.append(it)
                if len(found) == 3:
                    break
            return found

        self.assertEqual(self.in_run(run, take), [0, 1, 2])
        self.assertEqual(run.waited, 0)

    def test_a_period_must_be_positive(self):
        for wrong in (0, -1, float("inf"), float("nan")):
            with self.assertRaisesRegex(ValueError, "must be a positive number of seconds"):
                every(wrong)

    def test_progress_and_cancelled_are_those_of_the_call(self):
        progress(0.5, "nowhere")
        self.assertFalse(cancelled())
        token = CALL.set(Call())
        try:
            self.assertFalse(cancelled())
            progress(0.5, "half")
            self.assertTrue(cancelled())
            self.assertEqual(CALL.get().reports, [(0.5, "half")])
        finally:
            CALL.reset(token)


if __name__ == "__main__":
    unittest.main()
