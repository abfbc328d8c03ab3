"""The interrupts of the main thread."""
import signal
import unittest

from labdaemon.driver.errors import Cancelled
from labdaemon.host.main_thread import INTERRUPT, Job, MainThread


class InterruptTest(unittest.TestCase):
    def setUp(self):
        self.addCleanup(signal.signal, INTERRUPT, signal.getsignal(INTERRUPT))
        self.main = MainThread()

    def run_driver(self, job, function):
        self.main.current = job
        return self.main.run_driver(job, function)

    def test_a_signal_that_comes_late_does_not_cancel_the_next_job(self):
        self.assertEqual(self.run_driver(Job(None), lambda: signal.raise_signal(INTERRUPT) or "done"), "done")

    def test_an_interrupt_cancels_the_job_that_runs(self):
        job = Job(None)
        with self.assertRaises(Cancelled):
            self.run_driver(job, lambda: self.main.interrupt(job))


if __name__ == "__main__":
    unittest.main()
