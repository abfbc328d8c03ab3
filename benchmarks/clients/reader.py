"""Reads a stream in one of several ways, and prints its samples and the CPU seconds that they took: <way> <url> <device> <seconds>."""

import json
import sys
import time

way, url, device, seconds = sys.argv[1], sys.argv[2], sys.argv[3], float(sys.argv[4])
STREAM = f"{url}/stream/devices/{device}"


def labdaemon_stream():
    from labdaemon import Bench

    for _ in Bench(url)[device].stream(gaps="ignore"):
        yield 1


def labdaemon_columns():
    from labdaemon import Bench

    for columns in Bench(url)[device].columns(gaps="ignore"):
        yield len(columns)


def payloads(lines):
    kind = ""
    for line in lines:
        if line.startswith(b"event: "):
            kind = line[7:].strip()
        elif line.startswith(b"data: ") and kind == b"device_data":
            json.loads(line[6:])["payload"]
            yield 1


def requests_json():
    import requests

    yield from payloads(requests.get(STREAM, stream=True).iter_lines(chunk_size=65536))


def urllib_json():
    import urllib.request

    yield from payloads(urllib.request.urlopen(STREAM))


samples, begun = 0, None
for count in globals()[way]():
    if begun is None:
        begun, cpu = time.monotonic(), time.process_time()
        continue
    samples += count
    # Looking at the clock for each sample would be a part of the cost.
    if (count > 1 or samples % 100 == 0) and time.monotonic() - begun > seconds:
        break
print(json.dumps({"samples": samples, "cpu": time.process_time() - cpu, "seconds": time.monotonic() - begun}))
