"""An owner of supplies, which a test kills, suspends or lets race: ``lease_owner.py <what> <name> <devices>``."""
import random
import sys
import time

from labdaemon import Bench
from labdaemon.server import ServerAPIError, ServerConnectionError

what, name, devices = sys.argv[1], sys.argv[2], sys.argv[3].split(",")
bench = Bench()


def say(text):
    print(text, flush=True)


if what == "hold":
    # Switches the outputs on, and again for each line of its input.
    lease = bench.lease(*devices, ttl=5, wait=60)
    with lease:
        for device in devices:
            bench[device].call("on", by=name)
        say("on")
        for _ in sys.stdin:
            try:
                bench[devices[0]].call("on", by=name)
                say("on again")
            except ServerAPIError as error:
                say(error.type)
elif what == "use":
    # Leases random sets of the devices for ever; each turn switches them on several times, and then off.
    turn = 0
    while True:
        turn += 1
        wanted = random.sample(devices, random.randint(1, len(devices)))
        try:
            with bench.lease(*wanted, ttl=float(sys.argv[4]), wait=60):
                for _ in range(random.randint(1, 6)):
                    for device in wanted:
                        bench[device].call("on", by=f"{name}-{turn}")
                    time.sleep(random.random() * 0.2)
                for device in wanted:
                    bench[device].call("off", by=f"{name}-{turn}")
        except (ServerAPIError, ServerConnectionError) as error:
            say(error.type)
            time.sleep(0.1)
else:
    for turn in range(12):
        wanted = random.sample(devices, random.randint(1, len(devices)))
        with bench.lease(*wanted, ttl=30, wait=60):
            for mark in ("begin", "end"):
                for device in wanted:
                    bench[device].call("on", by=f"{name}-{turn}-{mark}")
    say("done")
