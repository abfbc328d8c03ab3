#!/usr/bin/env python3
"""Read the stream of a device from Python, on this machine or another one.

    python3 examples/python_stream.py --url http://127.0.0.1:5000 --device daq1 --seconds 5
"""

import argparse
import sys
import threading
from pathlib import Path

# Finds the package in a checkout. Not needed after `pip install ./python`.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "python"))

from labdaemon.server import SSEClient


class RemoteStreamConsumer:
    """Prints and keeps the samples of one device."""

    def __init__(self, url, device_id):
        self.device_id = device_id
        self.samples = []
        self.client = SSEClient(url, on_event=self.on_event)

    def start(self):
        self.client.start_device_stream(self.device_id)

    def stop(self):
        self.client.stop_stream()

    def on_event(self, event):
        kind = event["event"]
        if kind == "device_data":
            self.samples.append(event["payload"])
            print(f"{event['timestamp']}  #{event['sequence']}  {event['payload']}", flush=True)
        elif kind == "gap":
            print(f"Lost {event['lost']} samples: {event['reason']}", file=sys.stderr)
        elif kind == "device_state":
            print(f"{self.device_id} is {event['state']}", file=sys.stderr)
        elif kind == "stream_error":
            print(event["error"]["message"], file=sys.stderr)


def main():
    parser = argparse.ArgumentParser(description="Print the samples of a device for some seconds.")
    parser.add_argument("--url", default="http://127.0.0.1:5000", help="where the daemon listens (%(default)s)")
    parser.add_argument("--device", default="daq1", help="the device's id (%(default)s)")
    parser.add_argument("--seconds", type=float, default=5, help="how long to collect (%(default)s)")
    arguments = parser.parse_args()

    consumer = RemoteStreamConsumer(arguments.url, arguments.device)
    consumer.start()
    try:
        threading.Event().wait(arguments.seconds)
    except KeyboardInterrupt:
        pass
    finally:
        consumer.stop()
    print(f"Collected {len(consumer.samples)} samples")


if __name__ == "__main__":
    main()
