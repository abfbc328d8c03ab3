"""A serial port without hardware: a pseudo terminal under a name, whose other end is a TCP server.

Arguments: the name, the host, the port. Prints "ready" once the port is there. Ends with its standard input, or with the
server's connection; the port is gone then.
"""

import os
import select
import socket
import sys
import time
import tty


def main(path: str, host: str, port: str) -> None:
    master, slave = os.openpty()
    tty.setraw(slave)
    os.set_blocking(master, False)
    server = socket.create_connection((host, int(port)))
    server.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    os.symlink(os.ttyname(slave), path)
    os.close(slave)
    os.write(1, b"ready\n")  # In one piece: its reader then closes the pipe.
    try:
        relay(master, server.fileno())
    finally:
        os.unlink(path)


def relay(master: int, server: int) -> None:
    other = {master: server, server: master}
    while True:
        ready, _, _ = select.select([0, master, server], [], [])
        for end in ready:
            try:
                data = os.read(end, 65536)
            except OSError:
                if end != master:
                    return
                time.sleep(0.01)  # No program has the port open.
                continue
            if end == 0 or not data:
                return
            try:
                while data:
                    data = data[os.write(other[end], data) :]
            except OSError:
                if end != server:
                    return  # Otherwise no program reads what the server sends.


main(*sys.argv[1:])
