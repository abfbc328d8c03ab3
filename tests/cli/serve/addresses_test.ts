import { deepStrictEqual as equal } from "node:assert/strict";
import { addresses } from "../../../lib/cli/serve/listening/addresses.ts";

const interfaces = () => [
  { family: "IPv4", address: "127.0.0.1" },
  { family: "IPv6", address: "fe80::1" },
  { family: "IPv4", address: "192.168.1.5" },
];

Deno.test("a daemon on the loopback interface has one address", () => {
  equal(addresses({ hostname: "127.0.0.1", port: 5000 }, interfaces), { url: "http://127.0.0.1:5000", elsewhere: [] });
  equal(addresses({ hostname: "::1", port: 5000 }, interfaces), { url: "http://[::1]:5000", elsewhere: [] });
});

Deno.test("a daemon that is open to the network lists its addresses for other machines", () => {
  const elsewhere = ["http://192.168.1.5:5000"];
  equal(addresses({ hostname: "0.0.0.0", port: 5000 }, interfaces), { url: "http://127.0.0.1:5000", elsewhere });
  equal(addresses({ hostname: "::", port: 5000 }, interfaces), { url: "http://[::1]:5000", elsewhere });
});

Deno.test("without the permission to read the machine's addresses, the list is general", () => {
  const denied = () => {
    throw new Error("Requires sys access");
  };
  equal(addresses({ hostname: "0.0.0.0", port: 5000 }, denied).elsewhere, ["by every address of this machine"]);
});
