import { deepStrictEqual as equal, ok, rejects } from "node:assert/strict";
import { LabError } from "../../lib/errors.ts";
import type { Confinement } from "../../lib/host/child_process.ts";
import { KeptChecks } from "../../lib/registry/kept_checks.ts";
import { planDevice } from "../../lib/registry/plan.ts";
import { sourceOf } from "../support/checked_source.ts";
import { scriptedDevice } from "../support/scripted_host.ts";

const KEY = '[{"host":"a"},{}]';
const FOUND = { params: { host: "a", high: 1 }, permissions: { net: ["a:1"] }, bus: null };

/** A device by a kept answer that asks for more, whose processes answer with `checked`. */
async function deviceBy(permissions: Record<string, string[]>, create: () => unknown) {
  const script = scriptedDevice();
  script.answers.create = create;
  const { source: { open } } = script.device.plan;
  const confinements: Confinement[] = [];
  const checks = new KeptChecks(() => {}, { [KEY]: JSON.stringify({ ...FOUND, permissions }) });
  const { source, asked } = sourceOf({
    checks,
    open: (id, confinement, events, signal) => {
      confinements.push(confinement);
      return open(id, confinement, events, signal);
    },
  });
  script.device.replacePlan(await planDevice(source, { params: { host: "a" } }, ""));
  return { script, checks, asked, permissions: () => confinements.map((it) => it.permissions) };
}

Deno.test("A device by a kept answer that its process confirms is connected, and its driver is not asked", async () => {
  const { script, checks, asked, permissions } = await deviceBy(
    FOUND.permissions,
    () => ({ streams: true, checked: FOUND }),
  );
  await using _ = script;
  await script.device.connect();
  equal(script.host.inputs.create!.check, true);
  equal([asked, permissions(), Object.keys(checks.toJSON())], [[], [FOUND.permissions], [KEY]]);
});

for (const wider of [{ net: ["a:1", "b:1"] }, {}] as Record<string, string[]>[]) {
  Deno.test(`A device by a kept answer that its process does not confirm connects by what its driver asks for: ${JSON.stringify(wider)}`, async () => {
    const { script, checks, asked, permissions } = await deviceBy(wider, () => ({ streams: true, checked: FOUND }));
    await using _ = script;
    await script.device.connect();
    equal([asked, permissions()], [["params"], [wider, FOUND.permissions]]);
    // The first process opens no instrument.
    ok(!script.hosts[0].asked.includes("connect"));
    equal(script.device.state, "connected");
    equal(JSON.parse(checks.toJSON()[KEY]), FOUND);
  });
}

Deno.test("A kept answer for params that the device's process refuses is dropped", async () => {
  const refused = () => Promise.reject(new LabError("InvalidRequest", "Cannot create it: host: expected another one"));
  const { script, checks } = await deviceBy(FOUND.permissions, refused);
  await using _ = script;
  await rejects(script.device.connect(), /expected another one/);
  equal(checks.toJSON(), {});
});
