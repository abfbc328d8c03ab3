from __future__ import annotations

import unittest

from labdaemon.server.sse_parser import ServerSentEvent, SSEParser


def event(data: str, type: str = "message", id: str = "") -> ServerSentEvent:
    return ServerSentEvent(type, data, id)


CASES = {
    "fields with and without a space after the colon": (
        b"event:device_data\ndata: 1\nid:  7\n\n",
        [event("1", "device_data", " 7")],
    ),
    "LF, CR and CRLF as line ends": (b"data: a\n\ndata: b\r\rdata: c\r\n\r\n", [event("a"), event("b"), event("c")]),
    "CRLF is one line end, never two": (b"data: a\r\ndata: b\r\n\r\n", [event("a\nb")]),
    "other line separators of Unicode and ASCII are data": (
        "data: a\u2028b\x0bc\x0cd\x85e\n\n".encode(),
        [event("a\u2028b\x0bc\x0cd\x85e")],
    ),
    "a byte order mark at the start, and only there": (
        b"\xef\xbb\xbfdata: a\n\n\xef\xbb\xbfdata: b\n\n",
        [event("a")],
    ),
    "several data lines": (b"data: a\ndata:\ndata: b\n\n", [event("a\n\nb")]),
    "empty data is an event": (b"data\n\ndata:\n\n", [event(""), event("")]),
    "no data is no event, and clears its type": (b"event: x\n\ndata: a\n\n", [event("a")]),
    "comments and unknown fields are skipped": (b": keep-alive\n\nwhat: 1\n:\ndata: a\n\n", [event("a")]),
    "an id stays for the events after it": (
        b"id: 1\ndata: a\n\ndata: b\n\nid\ndata: c\n\n",
        [event("a", id="1"), event("b", id="1"), event("c")],
    ),
    "an id with NUL is ignored": (b"id: 1\nid: 2\x003\ndata: a\n\n", [event("a", id="1")]),
    "a colon in the value": (b'data: {"a":1}\n\n', [event('{"a":1}')]),
    "characters of several bytes": ("data: µΩ🧪\n\n".encode(), [event("µΩ🧪")]),
    "bytes that are no UTF-8 are replaced": (b"data: \xff\n\n", [event("\ufffd")]),
    "an event cut short is no event": (b"data: a\n\ndata: b\n", [event("a")]),
}


class SSEParserTest(unittest.TestCase):
    def test_follows_the_html_standard(self) -> None:
        for name, (stream, expected) in CASES.items():
            with self.subTest(name):
                self.assertEqual(SSEParser().feed(stream), expected)

    def test_gives_the_same_events_however_the_bytes_are_cut(self) -> None:
        for name, (stream, expected) in CASES.items():
            for cut in range(len(stream) + 1):
                with self.subTest(name, cut=cut):
                    parser = SSEParser()
                    self.assertEqual(parser.feed(stream[:cut]) + parser.feed(stream[cut:]), expected)
            with self.subTest(name, cut="everywhere"):
                parser = SSEParser()
                pieces = [stream[i : i + 1] for i in range(len(stream))]
                self.assertEqual([found for piece in pieces for found in parser.feed(piece)], expected)

    def test_gives_an_event_with_its_last_byte_even_if_a_line_feed_may_follow(self) -> None:
        parser = SSEParser()
        self.assertEqual(parser.feed(b"data: a\r\n\r"), [event("a")])
        self.assertEqual(parser.feed(b"\ndata: b\r\n\r\n"), [event("b")])

    def test_an_id_counts_only_when_its_event_is_complete(self) -> None:
        parser = SSEParser("k-1")
        parser.feed(b"id: k-2\ndata: a\n\nid: k-3\ndata: b\n")
        self.assertEqual(parser.last_event_id, "k-2")

    def test_an_id_counts_without_data_too(self) -> None:
        parser = SSEParser()
        self.assertEqual(parser.feed(b"id: k-9\n\n"), [])
        self.assertEqual(parser.last_event_id, "k-9")

    def test_retry_is_taken_from_digits_only(self) -> None:
        for value, expected in [("2000", 2000), ("0", 0), ("007", 7), ("2s", None), ("-1", None), ("", None)]:
            with self.subTest(value):
                parser = SSEParser()
                parser.feed(f"retry: {value}\n".encode())
                self.assertEqual(parser.retry, expected)

    def test_an_excessive_retry_is_bounded(self) -> None:
        parser = SSEParser()
        parser.feed(b"retry: " + b"9" * 5000 + b"\n")
        self.assertEqual(parser.retry, 999_999_999)
