from __future__ import annotations

import unittest

from labdaemon.server.backoff import Backoff


def ceiling(low: float, high: float) -> float:
    assert low == 0.0
    return high


class BackoffTest(unittest.TestCase):
    def test_doubles_from_the_servers_retry_up_to_thirty_seconds(self) -> None:
        backoff = Backoff(pick=ceiling)
        backoff.start_from(2.0)
        self.assertEqual([backoff.next_delay() for _ in range(6)], [2, 4, 8, 16, 30, 30])

    def test_stays_bounded_after_many_attempts(self) -> None:
        backoff = Backoff(pick=ceiling)
        self.assertEqual([backoff.next_delay() for _ in range(5000)][-1], 30)

    def test_starts_again_after_a_success(self) -> None:
        backoff = Backoff(pick=ceiling)
        backoff.start_from(2.0)
        backoff.next_delay()
        backoff.reset()
        self.assertEqual(backoff.next_delay(), 2)

    def test_the_same_retry_again_is_not_a_success(self) -> None:
        backoff = Backoff(pick=ceiling)
        backoff.start_from(2.0)
        backoff.next_delay()
        backoff.start_from(2.0)
        self.assertEqual(backoff.next_delay(), 4)

    def test_a_retry_of_zero_still_backs_off(self) -> None:
        backoff = Backoff(pick=ceiling)
        backoff.start_from(0)
        self.assertGreater(max(backoff.next_delay() for _ in range(20)), 1)

    def test_draws_each_delay_from_the_whole_range(self) -> None:
        delays = [Backoff().next_delay() for _ in range(50)]
        self.assertTrue(all(0 <= delay <= 1 for delay in delays))
        self.assertGreater(len(set(delays)), 1)
