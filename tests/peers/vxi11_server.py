"""A device of a PyVISA-sim file by VXI-11, on a port without a port mapper: vxi11_server.py PORT FILE

What the instrument answers is PyVISA-sim's, and the remote procedure calls are PyVISA-py's; this joins both."""

import sys
import threading

from pyvisa_py.protocols import rpc, vxi11
from pyvisa_sim.parser import get_devices

DEVICE = get_devices(sys.argv[2], bundled=False)["TCPIP0::localhost::5025::SOCKET"]
MAX_WRITE_BYTES = 64
MAX_READ_BYTES = 5
END = 8


class Instrument(rpc.TCPServer):
    answer = b""

    def addpackers(self):
        self.packer = vxi11.Vxi11Packer()
        self.unpacker = vxi11.Vxi11Unpacker(b"")

    def generic(self):
        self.unpacker.unpack_int(), self.unpacker.unpack_int(), self.unpacker.unpack_uint(), self.unpacker.unpack_uint()

    def handle_10(self):  # create_link
        self.unpacker.unpack_int(), self.unpacker.unpack_bool(), self.unpacker.unpack_uint()
        name = self.unpacker.unpack_string()
        self.turn_around()
        error = 0 if name == b"inst0" else 3
        self.packer.pack_int(error), self.packer.pack_int(7), self.packer.pack_uint(0)
        self.packer.pack_uint(MAX_WRITE_BYTES)

    def handle_11(self):  # device_write
        link, _, _, flags = (self.unpacker.unpack_int() for _ in range(4))
        data = self.unpacker.unpack_opaque()
        self.turn_around()
        DEVICE.write(data)
        if flags & END:
            while byte := DEVICE.read()[0]:
                self.answer += byte
        self.packer.pack_int(0 if link == 7 else 4), self.packer.pack_uint(len(data))

    def handle_12(self):  # device_read
        self.unpacker.unpack_int()
        size = min(self.unpacker.unpack_uint(), MAX_READ_BYTES)
        self.unpacker.unpack_uint(), self.unpacker.unpack_uint(), self.unpacker.unpack_int(), self.unpacker.unpack_int()
        self.turn_around()
        part, self.answer = self.answer[:size], self.answer[size:]
        self.packer.pack_int(0 if part else 15)
        self.packer.pack_int(1 if self.answer else 4)
        self.packer.pack_opaque(part)

    def handle_15(self):  # device_clear
        self.generic()
        self.turn_around()
        self.answer = b""
        self.packer.pack_int(0)


server = Instrument("127.0.0.1", vxi11.DEVICE_CORE_PROG, vxi11.DEVICE_CORE_VERS, int(sys.argv[1]))
server.sock.listen(5)
print("listening", flush=True)
while True:
    threading.Thread(target=server.session, args=(server.sock.accept(),), daemon=True).start()
