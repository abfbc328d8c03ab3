"""A driver process in Python, written from docs/driver-protocol.md alone: one driver, a die.

The last argument is the JSON of the daemon. An argument `protocol=2` before it speaks another version.
"""
import datetime
import json
import os
import platform
import resource
import struct
import sys
import threading
import time

PIPE = os.fdopen(3, "wb", buffering=0)
WRITING = threading.Lock()
OPTIONS = {"type": "object", "properties": {"sample_rate": {"type": "number", "default": 10, "unit": "Hz"}}}
NUMBER = {"type": "object", "properties": {"n": {"type": "number"}}, "required": ["n"]}
DESCRIPTION = {
    "name": "Dice",
    "summary": "Throws a die",
    "params": {"type": "object", "properties": {"sides": {"type": "integer", "default": 6}}},
    "options": OPTIONS,
    "sample": {"type": "integer"},
    "methods": [
        {"name": "load", "doc": "", "parameters": [{"name": "n", "type": "number", "required": True}], "input": NUMBER},
        {"name": "fail", "doc": "", "parameters": [], "input": {}},
    ],
    "properties": [
        {"name": "sides", "summary": "", "schema": {"type": "integer"}, "writable": True, "readable": True}
    ],
    "permissions": {},
}


def write(kind, seat, content):
    data = struct.pack("<BBHI", kind, 0, seat, len(content)) + content
    with WRITING:
        while data:
            data = data[PIPE.write(data):]


def send(seat, message):
    write(1, seat, json.dumps(message).encode())


def now():
    return datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


class Device:
    def __init__(self, seat, device_id, epoch, next_sequence, params, **_):
        self.seat, self.id, self.epoch, self.next = seat, device_id, epoch, next_sequence
        self.sides = params.get("sides", 6)
        self.lock = threading.Lock()
        self.stopping = threading.Event()
        self.run = None

    def stream(self, period):
        while not self.stopping.wait(period):
            frames = [self.frame(self.next + i) for i in range(2)]
            ends = [len(frames[0]), len(frames[0]) + len(frames[1])]
            write(2, self.seat, struct.pack("<dI2I", self.next, 2, *ends) + b"".join(frames))
            self.next += 2

    def frame(self, sequence):
        data = json.dumps({"event": "device_data", "device_id": self.id, "sequence": sequence, "timestamp": now(),
                           "payload": sequence % self.sides + 1}, separators=(",", ":"))
        return f"id: {self.epoch}-{sequence}\nevent: device_data\ndata: {data}\n\n".encode()

    def start(self, options, **_):
        if self.run is None:
            self.stopping.clear()
            self.run = threading.Thread(target=self.stream, args=(1 / options.get("sample_rate", 10),), daemon=True)
            self.run.start()

    def stop(self, **_):
        if self.run is not None:
            self.stopping.set()
            self.run.join()
            self.run = None

    def call(self, method, args, kwargs, **_):
        if method == "fail":
            raise OSError("the die has rolled under the sofa")
        self.sides = kwargs["n"] if kwargs else args[0]


DEVICES = {}


def handle(seat, id, op, input):
    if op in ("call", "get", "set"):
        with DEVICES[seat].lock:
            send(seat, {"begun": id})
            device = DEVICES[seat]
            if op == "call":
                device.call(**input)
            elif op == "set":
                device.sides = input["value"]
            result = device.sides if op != "call" else None
        return write(3, seat, struct.pack("<I", id) + json.dumps(result).encode())
    result = None
    if op == "load":
        result = DESCRIPTION
    elif op == "check_params":
        result = {"params": {"sides": 6, **input["params"]}, "permissions": {}}
    elif op == "check_options":
        result = {"sample_rate": 10, **input["options"]}
    elif op == "create":
        DEVICES[seat] = Device(seat, **input)
        result = {"streams": True, "safe": False}
    elif op == "start":
        DEVICES[seat].start(**input)
    elif op in ("stop", "disconnect"):
        if seat in DEVICES:
            DEVICES[seat].stop()
    elif op == "ping":
        use = resource.getrusage(resource.RUSAGE_SELF)
        result = {"memory": use.ru_maxrss * 1024, "cpu": use.ru_utime + use.ru_stime, "at": time.monotonic()}
    send(seat, {"id": id, "result": result})


def answer(seat, message):
    try:
        handle(seat, **message)
    except Exception as error:
        send(seat, {"id": message["id"], "error": {
            "code": "DriverError", "type": type(error).__name__, "message": str(error), "origin": "device",
            "timestamp": now(), "context": {}}})


def read(size):
    data = b""
    while len(data) < size:
        more = os.read(0, size - len(data))
        if not more:
            sys.exit(0)
        data += more
    return data


protocol = next((int(it[9:]) for it in sys.argv if it.startswith("protocol=")), 1)
send(0, {"hello": {"protocol": protocol, "driver_api": 1, "language": "Python",
                   "language_version": platform.python_version()}})
print("\x01wthe die is loaded", file=sys.stderr, flush=True)
while True:
    kind, _, seat, size = struct.unpack("<BBHI", read(8))
    message = json.loads(read(size))
    if "op" in message:
        threading.Thread(target=answer, args=(seat, message), daemon=True).start()
