"""The entries of a transcript, and the bytes that it leaves out."""
import base64
import unittest
from typing import Any, Callable, List

from labdaemon.host.transcript.gather import MAX_BYTES_PER_SECOND, Transcript


class TranscriptTest(unittest.TestCase):
    def setUp(self) -> None:
        self.sent: List[Any] = []
        self.due: List[Callable[[], None]] = []
        self.now = 0.0
        self.transcript = Transcript(self.sent.append, lambda _, function: self.due.append(function), lambda: self.now)

    def entries(self) -> List[Any]:
        """The sent entries: the direction, the bytes, and the number of those that are lost."""
        self.transcript.flush()
        found = [entry for message in self.sent for entry in message["transcript"]]
        self.sent.clear()
        return [(it["direction"], base64.b64decode(it["base64"]), it.get("lost", 0)) for it in found]

    def test_what_comes_between_two_writes_is_one_entry(self) -> None:
        for direction, data in (("opened", b""), ("sent", b"A\n"), ("received", b"1"), ("received", b"\n"), ("sent", b"B\n"),
                                ("sent", b"C\n")):
            self.transcript.take(direction, data)
        self.assertEqual(len(self.due), 1)
        self.assertEqual(self.entries(), [
            ("opened", b"", 0), ("sent", b"A\n", 0), ("received", b"1\n", 0), ("sent", b"B\n", 0), ("sent", b"C\n", 0)])

    def test_what_the_system_did_not_take_was_not_sent(self) -> None:
        self.transcript.sent_only(self.transcript.take("sent", b"hello"), 2)
        self.transcript.sent_only(self.transcript.take("sent", b"llo"), 0)
        self.assertEqual(self.entries(), [("sent", b"he", 0)])

    def test_more_than_a_second_may_have_is_counted(self) -> None:
        self.transcript.take("sent", b"x" * (MAX_BYTES_PER_SECOND + 10))
        self.transcript.take("received", b"y" * 7)
        self.assertEqual([(it[0], len(it[1]), it[2]) for it in self.entries()], [("sent", MAX_BYTES_PER_SECOND, 17)])
        self.transcript.take("received", b"z" * 5)
        self.now = 1.5
        self.transcript.take("received", b"again")
        self.assertEqual(self.entries(), [("received", b"again", 5)])

    def test_a_message_has_no_more_than_the_protocol_allows(self) -> None:
        for _ in range(3):
            self.transcript.take("received", b"w" * 300_000)
        self.transcript.flush()
        self.assertEqual([sum(len(base64.b64decode(it["base64"])) for it in message["transcript"]) for message in self.sent],
                         [131072] * 6 + [900_000 - 6 * 131072])

    def test_without_a_connection_it_warns_until_there_is_one(self) -> None:
        self.transcript.connected()
        self.transcript.take("opened")
        self.transcript.take("sent", b"x")
        first, second = self.sent
        self.assertRegex(first["warning"]["message"], "^its driver has opened no connection that is seen")
        self.assertEqual(second, {"warning": {"type": "NoTranscript", "message": None}})


if __name__ == "__main__":
    unittest.main()
