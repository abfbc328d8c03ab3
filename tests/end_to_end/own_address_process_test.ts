import { deepStrictEqual as equal, notDeepStrictEqual } from "node:assert/strict";
import { pythonTest } from "../support/python.ts";
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

/** Runs a command with other hosts, `$0`, in a namespace of its own. */
const WITH_HOSTS = 'mount --bind "$0" /etc/hosts && exec "$@"';

/** Nothing limits it: its `connect` succeeds, and its requests are never answered. */
const UNLIMITED = `
import urllib.request
from labdaemon.driver import driver

@driver(name="Unlimited")
class Unlimited:
    def intrude(self, host: str, port: int) -> dict:
        try:
            return {"fetch": None if urllib.request.urlopen(f"http://{host}:{port}/health").read() else "empty"}
        except Exception as error:
            return {"fetch": str(error)}
`;

const UNLIMITED_BENCH = `auth: none
python: { unlimited.py: { sandbox: "off" } }
devices: [{ id: i1, driver: Intruder, permissions: { add: { net: true } } }, { id: i2, driver: Unlimited }]
`;

await pythonTest(
  "drivers that nothing keeps from the daemon's port, by a name that leads to ::ffff:127.0.0.1 or without limits, get no answer there, and others do",
  async () => {
    const hosts = await Deno.makeTempFile({ prefix: "labdaemon-test-" });
    const [address] = Deno.networkInterfaces().flatMap(({ family, address }) => family === "IPv4" ? [address] : []);
    await Deno.writeTextFile(hosts, `127.0.0.1 localhost\n::ffff:7f00:1 mapped.test\n::ffff:${address} own.test\n`);
    await using bench = await serveBench(UNLIMITED_BENCH, {
      drivers: ["intruder.ts", { "unlimited.py": UNLIMITED }],
      args: ["--host", "0.0.0.0"],
      within: ["unshare", Deno.uid() === 0 ? "-m" : "-rm", "sh", "-c", WITH_HOSTS, hosts],
    });
    const cases = [["i1", "mapped.test"], ["i1", "own.test"], ["i2", "127.0.0.1"]];
    await Promise.all(["i1", "i2"].map((id) => bench.ask(`POST /devices/${id}/connect`)));
    for (const [id, host] of cases) {
      const asked = { method: "intrude", kwargs: { host, port: bench.port } };
      const { result } = await bench.ask<{ result: Results }>(`POST /devices/${id}/call`, asked);
      const reached = Object.entries(result).filter(([, failure]) => failure === null).map(([way]) => way);
      equal(reached.filter((way) => !["connect", "node_net"].includes(way)), [], `${id} at ${host}`);
    }
    await bench.untilPrinted("stderr", /a driver's process has tried to reach the daemon/);
    using client = Deno.createHttpClient({});
    equal((await (await fetch(`${bench.url}/livez`, { client })).json()).status, "alive");
    await Deno.remove(hosts);
  },
);
