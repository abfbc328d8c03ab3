#!/usr/bin/env python3
"""Set a property of a device, call a method, and collect samples.

    python3 examples/python_bench.py --url http://127.0.0.1:5000 --device daq1 --seconds 5
"""

import argparse
import sys
from pathlib import Path

# Finds the package in a checkout. Not needed after `pip install ./python`.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "python"))

from labdaemon import Bench


def main():
    parser = argparse.ArgumentParser(description="Set a property, call a method, and collect samples.")
    parser.add_argument("--url", help="where the daemon listens (LABDAEMON_URL, else http://127.0.0.1:5000)")
    parser.add_argument("--device", default="daq1", help="a device of the type StreamingDAQ (%(default)s)")
    parser.add_argument("--seconds", type=float, default=5, help="how long to collect (%(default)s)")
    arguments = parser.parse_args()

    bench = Bench(arguments.url)
    daq = bench[arguments.device].connect()
    daq.high = 5
    print(f"{daq.id} measures up to {daq.high} {daq.properties['high']['schema']['unit']}")
    daq.set_high(volts=10)

    found = daq.collect(seconds=arguments.seconds)
    mean = sum(found.values) / len(found)
    print(f"Collected {len(found)} samples, {len(found.gaps)} gaps; mean {mean:.3g} {found.units['value']}")


if __name__ == "__main__":
    main()
