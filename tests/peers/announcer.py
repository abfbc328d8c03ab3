"""Announces an instrument by zeroconf, on loopback: announcer.py"""

import socket
import threading

from zeroconf import ServiceInfo, Zeroconf

zeroconf = Zeroconf(interfaces=["127.0.0.1"])
for kind, port in (("_lxi._tcp", 80), ("_scpi-raw._tcp", 5026), ("_hislip._tcp", 4880)):
    name = f"ACME PSU-3 (No. 1.2).{kind}.local."
    addresses = [socket.inet_aton("192.168.1.77")]
    zeroconf.register_service(ServiceInfo(f"{kind}.local.", name, port, addresses=addresses, server="psu.local."))
print("listening", flush=True)
threading.Event().wait()
