import { deepStrictEqual as equal, throws } from "node:assert/strict";
import { parseBench } from "../../lib/bench/load_bench.ts";

const parse = (text: string) => parseBench(text, "/lab/bench.yaml");

Deno.test("a bus gives params to its devices: an address, a serial port, and others under their names", () => {
  const { buses, devices } = parse(`
buses:
  rs485: { serial: /dev/serial/by-id/usb-1, baud: 19200, parity: even, pause: 5ms }
  gw: { tcp: "192.168.1.40:502", params: { timeout: 2 } }
  v6: { tcp: "[fe80::1]:502" }
devices:
  - { id: a, driver: Unit, bus: rs485 }
  - { id: b, driver: Unit, process: small }
  - { id: c, driver: Unit }
`);
  equal(buses, {
    rs485: { serial: "/dev/serial/by-id/usb-1", baud: 19_200, parity: "even", pause: 0.005 },
    gw: { host: "192.168.1.40", port: 502, timeout: 2 },
    v6: { host: "fe80::1", port: 502 },
  });
  equal(devices.map(({ bus, process }) => [bus, process]), [["rs485", undefined], [undefined, "small"], [
    undefined,
    undefined,
  ]]);
});

Deno.test("a wrong bus, or a device with one that there is not, is an error with its place", () => {
  throws(
    () =>
      parse(`
buses:
  gw: { tcp: "192.168.1.40" }
  rs485: { parity: some, speed: 5 }
devices:
  - { id: a, driver: Unit, bus: wg }
  - { id: b, driver: Unit, bus: gw, process: p }
`),
    (error: Error) => {
      const lines = error.message.split("\n").slice(1).map((line) => line.replace("/lab/bench.yaml:", ""));
      equal(lines, [
        '3:14: key buses.gw.tcp: expected a host and a port, such as "192.168.1.40:502", found "192.168.1.40"',
        '4:20: key buses.rs485.parity: expected one of none, even, odd, found "some"',
        "4:26: key buses.rs485.speed: expected one of tcp, serial, baud, bits, parity, stop, pause, params, found an unknown key",
      ]);
      return true;
    },
  );
  throws(() => parse("buses: { gw: { tcp: 'a:1' } }\ndevices: [{ id: a, driver: Unit, bus: wg }]"), {
    message: /key devices\[0\]\.bus: expected a name under buses, which has gw, found "wg"/,
  });
  throws(() => parse("buses: { gw: { tcp: 'a:1' } }\ndevices: [{ id: a, driver: Unit, bus: gw, process: p }]"), {
    message: /key devices\[0\]\.process: expected no process for a device with a bus, which has one, found "p"/,
  });
});
