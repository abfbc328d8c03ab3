/** Leases in the data folder, from one daemon to the next. */
import { deepStrictEqual as equal, doesNotMatch, ok } from "node:assert/strict";
import { LabDaemon } from "../../lib/daemon.ts";
import { Leases } from "../../lib/leases/leases.ts";

const ORDER = { owner: "alice", purpose: "IV curve", devices: ["lamp1"], ttlMs: 600_000 };

async function bench() {
  const daemon = new LabDaemon();
  daemon.registerPlugins({ devices: { Lamp: class {} } });
  await daemon.addDevice("lamp1", "Lamp");
  return daemon;
}

Deno.test("Leases go on with the next daemon, without their tokens in the file; a file that is broken is none", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await using daemon = await bench();
    const first = await Leases.open(daemon, folder);
    const lease = await first.acquire(ORDER);
    await first.close();
    doesNotMatch(await Deno.readTextFile(`${folder}/leases.json`), new RegExp(lease.token));

    await using next = await bench();
    const second = await Leases.open(next, folder);
    const [{ lease_id, owner, expires_at }] = second.list().leases;
    equal([lease_id, owner], [lease.lease_id, "alice"]);
    ok(Date.parse(expires_at) <= Date.parse(lease.expires_at) + 1);
    equal(next.getDevice("lamp1").status().owned_by, "alice");
    second.assertAllowed("Cannot ask", ["lamp1"], [lease.token]);
    await second.release(lease.lease_id, [lease.token]);
    ok((await second.acquire(ORDER)).fence > lease.fence);
    await second.close();

    await Deno.writeTextFile(`${folder}/leases.json`, "{");
    await using last = await bench();
    const third = await Leases.open(last, folder);
    equal(third.list(), { leases: [], queue: [] });
    await third.close();
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
