/** Owners that are killed, suspended, and race, and a daemon that is killed: with supplies that note what they do. */
import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import { join } from "node:path";
import type { GrantedLease, LeasesAnswer } from "../../lib/wire/leases.ts";
import { pythonTest } from "../support/python.ts";
import { serveBench, type ServedBench } from "../support/served_bench.ts";
import { until, within } from "../support/until.ts";

const ROOT = join(import.meta.dirname!, "../..");

const PYTHON_SUPPLY = `
from labdaemon.driver import driver

@driver(write=["{file}"])
class PySupply:
    def __init__(self, file: str):
        self._file = file

    def _note(self, what):
        with open(self._file, "a") as file:
            file.write(what + "\\n")

    def on(self, by: str) -> None:
        self._note(f"on {by}")

    def safe(self, reason: str) -> None:
        self._note(f"safe {reason}")
`;

/** Supplies whose notes are in files of a folder, and a daemon that keeps its leases there. */
async function served(notes: string): Promise<ServedBench> {
  const device = (id: string, driver: string) =>
    `  - { id: ${id}, driver: ${driver}, params: { file: ${notes}/${id} } }\n`;
  const files = ["psu1", "psu2", "psu3"].map((id) => `${notes}/${id}`);
  // The sandbox of a driver in Python grants files that are there.
  for (const file of files) await Deno.writeTextFile(file, "", { append: true });
  const write = JSON.stringify(files);
  const bench = `data: ${notes}/data\ngrants:\n  Supply: { write: ${write} }\n  PySupply: { write: ${write} }\n` +
    `devices:\n${device("psu1", "Supply")}${device("psu2", "PySupply")}${device("psu3", "Supply")}`;
  const it = await serveBench(bench, { drivers: ["supply.ts", { "py_supply.py": PYTHON_SUPPLY }] });
  const isConnected = async (id: string) => (await it.ask<{ connected: boolean }>(`GET /devices/${id}`)).connected;
  for (const id of ["psu1", "psu2", "psu3"]) await until(`${id} is connected`, () => isConnected(id));
  return it;
}

async function notesOf(notes: string, id: string): Promise<string[]> {
  const text = await Deno.readTextFile(`${notes}/${id}`).catch(() => "");
  return text.split("\n").slice(0, -1).map((line) => line.replace(/^\d+ /, ""));
}

/** A program in Python that leases supplies. */
class Owner {
  readonly #child: Deno.ChildProcess;
  readonly #output: ReadableStreamDefaultReader<string>;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;
  #text = "";

  constructor(url: string, ...args: string[]) {
    this.#child = new Deno.Command("python3", {
      args: ["-B", `${ROOT}/tests/support/lease_owner.py`, ...args],
      env: { PYTHONPATH: `${ROOT}/python`, LABDAEMON_URL: url },
      stdin: "piped",
      stdout: "piped",
    }).spawn();
    this.#output = this.#child.stdout.pipeThrough(new TextDecoderStream()).getReader();
    this.#input = this.#child.stdin.getWriter();
  }

  /** Its next line. */
  async line(): Promise<string> {
    while (!this.#text.includes("\n")) {
      const { done, value } = await within(this.#output.read(), () => `no line has come: ${this.#text}`);
      if (done) throw new Error(`the owner has ended: ${this.#text}`);
      this.#text += value;
    }
    const [line] = this.#text.split("\n", 1);
    this.#text = this.#text.slice(line.length + 1);
    return line;
  }

  async ask(): Promise<string> {
    await this.#input.write(new TextEncoder().encode("\n"));
    return await this.line();
  }

  kill(signal: Deno.Signal): void {
    this.#child.kill(signal);
  }

  async end(): Promise<number> {
    await this.#input.close().catch(() => {});
    while (!(await this.#output.read()).done);
    return (await this.#child.status).code;
  }
}

await pythonTest(
  "owners that are killed, suspended and race: one of them at a time, and safe when it is gone",
  async () => {
    const notes = await Deno.makeTempDir({ prefix: "labdaemon-test-" });
    try {
      await using it = await served(notes);
      const killed = new Owner(it.url, "hold", "killed", "psu1,psu2");
      equal(await killed.line(), "on");
      const next = new Owner(it.url, "hold", "next", "psu1");
      killed.kill("SIGKILL");
      await killed.end();
      equal(await next.line(), "on");
      const [first, safe, second] = await notesOf(notes, "psu1");
      equal([first, second], ["on killed", "on next"]);
      match(safe, /^safe the lease of anyone has ended: it was not renewed$/);
      equal((await notesOf(notes, "psu2")).map((line) => line.split(" ")[0]), ["on", "safe"]);

      next.kill("SIGSTOP");
      const third = new Owner(it.url, "hold", "third", "psu1");
      equal(await third.line(), "on");
      next.kill("SIGCONT");
      equal(await next.ask(), "LeaseEnded");
      equal(await third.ask(), "on again");
      equal([await next.end(), await third.end()], [0, 0]);
      const [, , , , ...last] = await notesOf(notes, "psu1");
      // Released by its owner: it stays on.
      equal(last, ["on third", "on third"]);

      const before = (await notesOf(notes, "psu1")).length;
      const racing = ["one", "two"].map((name) => new Owner(it.url, "race", name, "psu1,psu2,psu3"));
      for (const owner of racing) equal(await owner.line(), "done");
      for (const owner of racing) equal(await owner.end(), 0);
      for (const id of ["psu1", "psu2", "psu3"]) {
        const all = (await notesOf(notes, id)).slice(id === "psu1" ? before : id === "psu2" ? 2 : 0);
        ok(all.length > 4);
        for (const [i, line] of all.entries()) {
          if (i % 2 === 1) equal(line, all[i - 1].replace("begin", "end"));
        }
      }
    } finally {
      await Deno.remove(notes, { recursive: true });
    }
  },
);

await pythonTest(
  "a daemon that is killed: leased supplies are made safe, and the lease goes on with the next daemon",
  async () => {
    const notes = await Deno.makeTempDir({ prefix: "labdaemon-test-" });
    try {
      const lease = await (async () => {
        await using it = await served(notes);
        const lease = await it.ask<GrantedLease>("POST /leases", { devices: ["psu1", "psu2"], ttl: 3600 });
        it.kill("SIGKILL");
        await it.status;
        return lease;
      })();
      for (const id of ["psu1", "psu2"]) {
        await until(`${id} is safe`, async () => (await notesOf(notes, id)).includes("safe the daemon has ended"));
      }
      await using it = await served(notes);
      const { leases } = await it.ask<LeasesAnswer>("GET /leases");
      equal(leases.map(({ lease_id, devices }) => [lease_id, devices]), [[lease.lease_id, ["psu1", "psu2"]]]);
      const headers = { "content-type": "application/json", "x-lease": lease.token };
      const call = (headers: HeadersInit) =>
        fetch(`${it.url}/devices/psu1/call`, {
          method: "POST",
          headers,
          body: '{"method":"on","kwargs":{"by":"again"}}',
        });
      const refused = await call({ "content-type": "application/json" });
      equal([refused.status, (await refused.json()).error.type], [409, "DeviceInUse"]);
      const allowed = await call(headers);
      equal([allowed.status, await allowed.text()], [200, '{"result":null,"success":true}']);
      const released = await fetch(`${it.url}/leases/${lease.lease_id}`, { method: "DELETE", headers });
      equal(released.status, 204);
    } finally {
      await Deno.remove(notes, { recursive: true });
    }
  },
);
