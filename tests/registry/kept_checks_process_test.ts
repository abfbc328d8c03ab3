import { deepStrictEqual as equal, ok } from "node:assert/strict";
import { LabDaemon } from "../../lib/daemon.ts";
import type { DescriptionStore } from "../../lib/registry/description_cache.ts";

const driver = (port: number) => `
import { defineDriver } from "labdaemon/driver";
import { z } from "zod";
export default defineDriver({
  name: "Asking",
  params: z.strictObject({ host: z.string(), password: z.string().optional() }),
  options: z.strictObject({ sample_rate: z.number().default(1) }),
  permissions: ({ host }) => ({ net: [\`\${host}:${port}\`] }),
  create: () => ({ stream: async function* () {} }),
});
`;

/** Counts the processes of drivers that are started until it is disposed of. */
function countProcesses() {
  const { Command } = Deno;
  const counter = { count: 0, [Symbol.dispose]: () => void (Deno.Command = Command) };
  Deno.Command = class extends Command {
    constructor(command: string | URL, options?: Deno.CommandOptions) {
      super(command, options);
      if (options?.args?.some((arg) => /\/process_main\.[jt]s$/.test(arg))) counter.count++;
    }
  };
  return counter;
}

Deno.test("A restart starts no process to check what was checked before; changes are checked, and secrets always", async () => {
  const folder = await Deno.makeTempDir();
  let text: string | undefined;
  const descriptions: DescriptionStore = {
    read: () => Promise.resolve(text),
    write: (written) => Promise.resolve(void (text = written)),
  };
  /** One start of a daemon with one device: the processes that it took, and the permissions of the device. */
  const start = async (params: Record<string, unknown>) => {
    using processes = countProcesses();
    await using daemon = new LabDaemon({ descriptions });
    await daemon.loadDrivers(folder);
    const device = await daemon.addDevice("a1", "Asking", params, { options: { sample_rate: 5 } });
    await device.connect();
    equal(device.plan.params.host, params.host);
    return [processes.count, device.plan.permissions];
  };
  try {
    const file = `${folder}/asking.ts`;
    await Deno.writeTextFile(file, driver(1));
    const [all] = await start({ host: "a" });
    ok(all as number >= 2);
    equal(await start({ host: "a" }), [1, { net: ["a:1"] }]);
    equal(await start({ host: "b", password: "hunter2" }), [2, { net: ["b:1"] }]);
    ok(!text!.includes("hunter2"));
    // The file asks for more than the driver: two processes of the device, and one that checks.
    text = text!.replaceAll('\\"a:1\\"', '\\"a:1\\",\\"b:2\\"');
    ok(text.includes("b:2"));
    equal(await start({ host: "a" }), [3, { net: ["a:1"] }]);
    ok(!text.includes("b:2"));
    await Deno.writeTextFile(file, driver(7));
    equal((await start({ host: "a" }))[1], { net: ["a:7"] });
    ok(text.includes("a:7") && !text.includes("a:1"));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
