"""The bytes of samples: numbered, encoded and gathered into blocks."""
import json
import math
import struct
import threading
import unittest

from labdaemon.driver import Lost, block, stamped
from labdaemon.driver.errors import NotSerializable
from labdaemon.host.streams.samples import SampleWriter


class FakePipe:
    """Takes packets."""

    def __init__(self):
        self.messages = []
        self.blocks = []
        self.full = False

    def send(self, seat, message):
        self.messages.append(message)

    def write(self, kind, seat, parts):
        content = b"".join(parts)
        first, count = struct.unpack_from("<dI", content)
        ends = struct.unpack_from(f"<{count}I", content, 12)
        data = content[12 + 4 * count:]
        starts = (0, *ends)
        self.blocks.append((int(first), [data[starts[i]:ends[i]] for i in range(count)]))


def writer_of(pipe, sequence=0, arrays="json", is_waveform=lambda _: False):
    writer = SampleWriter(1, "daq1", "k3f9", sequence, arrays, is_waveform, pipe)
    writer.begin()
    return writer


def frames_of(pipe):
    return [frame for _, frames in pipe.blocks for frame in frames]


def payloads_of(pipe):
    return [json.loads(frame.split(b"data: ")[1])["payload"] for frame in frames_of(pipe)]


class TestSampleWriter(unittest.TestCase):
    def setUp(self):
        self.pipe = FakePipe()

    def test_a_frame_has_the_bytes_of_the_protocol(self):
        writer = writer_of(self.pipe, 42)
        writer.write(7.31)
        writer.end()
        self.assertRegex(
            frames_of(self.pipe)[0].decode(),
            r'^id: k3f9-42\nevent: device_data\ndata: \{"event":"device_data","device_id":"daq1","sequence":42,'
            r'"timestamp":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z","payload":7\.31\}\n\n$')

    def test_scalars_and_structures_are_json(self):
        writer = writer_of(self.pipe)
        values = [1, -0.5, 1e300, 2**53, True, None, "a\n", [1, {"b": 2}], math.nan, math.inf]
        for value in values:
            writer.write(value)
        writer.end()
        self.assertEqual(payloads_of(self.pipe), [*values[:3], str(2**53), *values[4:8], None, None])

    def test_blocks_continue_where_the_last_one_ended_whatever_thread_writes(self):
        writer = writer_of(self.pipe)
        threads = [threading.Thread(target=lambda: [writer.write(n) for n in range(500)]) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        writer.end()
        expected = 0
        for first, frames in self.pipe.blocks:
            self.assertEqual(first, expected)
            expected += len(frames)
        self.assertEqual(expected, 2000)

    def test_lost_samples_have_numbers(self):
        writer = writer_of(self.pipe)
        writer.write(1)
        writer.write(Lost(3))
        writer.write(2)
        writer.end()
        self.assertEqual([first for first, _ in self.pipe.blocks], [0, 4])
        self.assertEqual(self.pipe.messages, [{"lost": 4}])

    def test_a_value_that_cannot_be_encoded_is_lost_and_raises(self):
        writer = writer_of(self.pipe)
        with self.assertRaises(NotSerializable):
            writer.write(object())
        self.assertEqual(self.pipe.messages, [{"lost": 1}])

    def test_no_sample_comes_behind_the_end(self):
        writer = writer_of(self.pipe)
        writer.write(1)
        writer.end()
        writer.write(2)
        writer.end()
        self.assertEqual(payloads_of(self.pipe), [1])
        writer.begin()
        writer.write(3)
        writer.end()
        self.assertEqual([first for first, _ in self.pipe.blocks], [0, 1])

    def test_a_sample_with_a_time_of_the_instrument_has_both_times(self):
        writer = writer_of(self.pipe)
        writer.write(stamped(1_795_328_752.0, 7))
        writer.end()
        event = json.loads(frames_of(self.pipe)[0].split(b"data: ")[1])
        self.assertEqual(list(event), ["event", "device_id", "sequence", "timestamp", "received", "payload"])
        self.assertEqual(event["timestamp"], "2026-11-22T06:25:52.000000Z")

    def test_a_clock_of_the_instrument_that_is_set_is_reported_between_the_samples(self):
        writer = writer_of(self.pipe)
        writer.write(stamped(1_795_328_752.0, 7))
        writer.write(stamped(1_795_325_152.0, 8))
        writer.end()
        report, step = self.pipe.messages
        self.assertEqual((report["instrument_clock"]["origin"], report["instrument_clock"]["steps"]), ("utc", 0))
        self.assertEqual(step["source"], "instrument")
        self.assertAlmostEqual(step["clock"], -3_600_000, delta=60_000)
        self.assertEqual([(first, len(frames)) for first, frames in self.pipe.blocks], [(0, 1), (1, 1)])

    def test_the_values_of_a_block_are_samples_at_equal_distances(self):
        writer = writer_of(self.pipe)
        writer.write(block(t0=1_795_328_752.0, dt=0.25, values=[1, 2, 3]))
        writer.end()
        events = [json.loads(frame.split(b"data: ")[1]) for frame in frames_of(self.pipe)]
        self.assertEqual([(it["timestamp"][17:26], it["payload"]) for it in events],
                         [("52.000000", 1), ("52.250000", 2), ("52.500000", 3)])

    def test_a_waveform_is_one_sample_with_its_distance(self):
        writer = writer_of(self.pipe, is_waveform=lambda _: True)
        writer.write(block(t0=1_795_328_752.0, dt=0.001, values=[1, 2, 3]))
        writer.end()
        event = json.loads(frames_of(self.pipe)[0].split(b"data: ")[1])
        self.assertEqual((event["dt"], event["payload"]), (0.001, [1, 2, 3]))

    def test_a_large_sample_is_a_block_of_its_own(self):
        writer = writer_of(self.pipe)
        writer.write(1)
        writer.write("a" * 200_000)
        writer.write(2)
        writer.end()
        self.assertEqual([(first, len(frames)) for first, frames in self.pipe.blocks], [(0, 1), (1, 1), (2, 1)])

    def test_a_sample_that_is_too_large_is_lost_and_reported(self):
        writer = writer_of(self.pipe)
        writer.write("a" * 61 * 1024 * 1024)
        writer.end()
        lost, problem = self.pipe.messages
        self.assertEqual((lost, problem["problem"]["type"]), ({"lost": 1}, "SampleTooLarge"))


if __name__ == "__main__":
    unittest.main()
