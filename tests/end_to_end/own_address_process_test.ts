import { deepStrictEqual as equal, notDeepStrictEqual } from "node:assert/strict";
import { serveBench } from "../support/served_bench.ts";

const BENCH = "auth: none\ndevices: [{ id: i1, driver: Intruder, permissions: { add: { net: true } } }]";

type Results = Record<string, string | null>;

/** The notations of this machine's addresses, and names that resolve to them. */
function ownHosts(): string[] {
  const interfaces = Deno.networkInterfaces().map(({ family, address, scopeid }) =>
    family === "IPv4" ? address : scopeid ? `[${address}%${scopeid}]` : `[${address}]`
  );
  return [
    ...["127.0.0.1", "127.0.0.2", "127.255.255.254", "127.1", "2130706433", "0x7f000001", "0177.0.0.1"],
    ...["0.0.0.0", "0", "localhost", "LOCALHOST", "localhost.", Deno.hostname()],
    ...["[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:2]", "[::ffff:0.0.0.0]", "[0:0:0:0:0:0:0:1]"],
    ...interfaces,
  ];
}

for (const host of ["127.0.0.1", "0.0.0.0", "::"]) {
  Deno.test(`a driver that may use the whole network does not reach the daemon that listens on ${host}`, async (test) => {
    await using bench = await serveBench(BENCH, { drivers: ["intruder.ts"], args: ["--host", host] });
    const url = `http://${host === "::" ? "[::1]" : "127.0.0.1"}:${bench.port}`;
    const call = async (host: string, port: number): Promise<Results> => {
      const headers = { "content-type": "application/json" };
      const body = JSON.stringify({ method: "intrude", kwargs: { host, port } });
      const response = await fetch(`${url}/devices/i1/call`, { method: "POST", headers, body });
      return (await response.json()).result;
    };
    await (await fetch(`${url}/devices/i1/connect`, { method: "POST" })).body?.cancel();
    for (const host of ownHosts()) {
      await test.step(host, async () => {
        const results = await call(host, bench.port);
        equal(Object.entries(results).filter(([, failure]) => failure === null).map(([way]) => way), []);
      });
    }
    await test.step("another server on this machine is reached", async () => {
      await using other = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, () => new Response("ok"));
      const { connect, fetch, node_http } = await call("127.0.0.1", other.addr.port);
      equal([connect, fetch, node_http], [null, null, null]);
      notDeepStrictEqual((await call("127.0.0.1", bench.port)).connect, null);
    });
  });
}
