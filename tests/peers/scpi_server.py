"""The devices of a PyVISA-sim file on a TCP port, which PyVISA-sim itself does not have: scpi_server.py PORT FILE [NUMBER]

What the instrument answers is PyVISA-sim's; this carries the bytes."""

import socketserver
import sys

from pyvisa_sim.parser import get_devices

DEVICE = get_devices(sys.argv[2], bundled=False)[f"TCPIP0::localhost::{sys.argv[3] if len(sys.argv) > 3 else 5025}::SOCKET"]


class Handler(socketserver.StreamRequestHandler):
    def handle(self):
        for line in self.rfile:
            DEVICE.write(line)
            answer = bytearray()
            while True:
                byte, _ = DEVICE.read()
                if not byte:
                    break
                answer += byte
            self.wfile.write(answer)


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


with Server(("127.0.0.1", int(sys.argv[1])), Handler) as server:
    print("listening", flush=True)
    server.serve_forever()
