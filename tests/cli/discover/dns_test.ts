import { deepStrictEqual as equal, throws } from "node:assert/strict";
import fc from "fast-check";
import { servicesIn } from "../../../lib/cli/discover/announced.ts";
import { dnsQuery, type DnsRecord, dnsRecords } from "../../../lib/cli/discover/dns.ts";

/** An answer as responders send it: names point back at earlier ones. */
const ANSWER = Uint8Array.of(
  ...[0, 0, 0x84, 0, 0, 0, 0, 1, 0, 0, 0, 3],
  // 12: PTR of _lxi._tcp.local, which is at 12, to PSU.1 before it.
  ...[4, ...text("_lxi"), 4, ...text("_tcp"), 5, ...text("local"), 0, 0, 12, 0, 1, 0, 0, 0, 9, 0, 8],
  ...[5, ...text("PSU.1"), 0xc0, 12],
  // 47: SRV of that name, port 80, host psu.local.
  ...[0xc0, 39, 0, 33, 0x80, 1, 0, 0, 0, 9, 0, 12, 0, 0, 0, 0, 0, 80, 3, ...text("psu"), 0xc0, 22],
  ...[0xc0, 39, 0, 16, 0x80, 1, 0, 0, 0, 9, 0, 4, 3, ...text("a=1")],
  ...[3, ...text("psu"), 0xc0, 22, 0, 1, 0x80, 1, 0, 0, 0, 9, 0, 4, 192, 168, 1, 5],
);

function text(it: string): number[] {
  return [...new TextEncoder().encode(it)];
}

Deno.test("dnsRecords() reads names that point at others, and dots inside of them", () => {
  const name = "PSU\\.1._lxi._tcp.local";
  equal(
    dnsRecords(ANSWER),
    [
      { name: "_lxi._tcp.local", type: "PTR", target: name },
      { name, type: "SRV", port: 80, target: "psu.local" },
      { name, type: "TXT", texts: ["a=1"] },
      { name: "psu.local", type: "A", address: "192.168.1.5" },
    ] satisfies DnsRecord[],
  );
  equal(servicesIn(dnsRecords(ANSWER)), [{ service: "_lxi._tcp", name: "PSU.1", host: "192.168.1.5", port: 80 }]);
});

Deno.test("dnsRecords() ends for whatever is sent to it: with records, or with an error", () => {
  const read = (bytes: Uint8Array) => {
    try {
      dnsRecords(bytes);
    } catch (error) {
      if (!/^expected a DNS message/.test((error as Error).message)) throw error;
    }
  };
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), read));
  fc.assert(fc.property(fc.nat(ANSWER.length - 1), fc.nat(255), (at, byte) => read(ANSWER.with(at, byte))));
  // A name that points at itself.
  const loop = Uint8Array.of(0, 0, 0x84, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0xc0, 12, 0, 1, 0, 1);
  throws(() => dnsRecords(loop), /a name without an end/);
});

Deno.test("dnsQuery() asks for an answer to the asker alone", () => {
  const query = dnsQuery([{ name: "a.local", type: "PTR" }]);
  equal([...query], [0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 97, 5, ...text("local"), 0, 0, 12, 0x80, 1]);
});
