"""An instrument that sends datagrams until it is ended: datagrams.py PORT little|text. It prints what it receives."""

import socket
import struct
import sys
import threading
import time

peer = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
peer.bind(("127.0.0.1", 0))
target = ("127.0.0.1", int(sys.argv[1]))


def listen():
    while True:
        print("received", peer.recv(1000).decode(), flush=True)


threading.Thread(target=listen, daemon=True).start()
print("listening on", peer.getsockname()[1], flush=True)
while True:
    if sys.argv[2] == "text":
        peer.sendto(b"T=21.5 H=40\r\n", target)
    else:
        # Magic, counter, temperature, flags, four samples of a waveform.
        peer.sendto(struct.pack("<2sHfB4h", b"LD", 7, 21.3, 0b100, 1, -2, 3, -4), target)
        peer.sendto(b"XX somebody else's", target)
        peer.sendto(b"LD\x07\x00", target)
    time.sleep(0.02)
