import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import type { LabError } from "../../../../lib/mod.ts";
import { type Bench, benchOf } from "../../../support/bench.ts";
import { Watch } from "../../../support/watch.ts";

const LASER = `import { defineDriver } from "labdaemon/driver";
import { settings } from "./_settings.ts";

interface Reply {
  text: string;
}

export default defineDriver({
  name: "MyLaser",
  create: () => ({
    async disconnect() {},
    read: () => undefinedThing.x,
  }),
  methods: {
    power: { run: () => JSON.parse("null").b },
    cable: { run: () => { throw new Error("no cable"); } },
    late: { run: () => void setTimeout(() => settings.late()) },
    settings: {
      async run() {
        await Promise.resolve();
        return settings.read(null as unknown as Reply);
      },
    },
  },
});
`;

const SETTINGS = `interface Reply { text: string }

export const settings = {
  read: (reply: Reply) => reply.text,
  late() {
    throw new URIError("not a URL");
  },
};
`;

const laser = () => benchOf({ "my_laser.ts": LASER, "_settings.ts": SETTINGS });

async function failure(work: Promise<unknown>): Promise<[message: string, at: unknown]> {
  const { message, context } = await work.then(
    () => ok(false, "it did not fail"),
    (error: LabError) => error,
  ) as LabError;
  return [message, context.at];
}

/** The error of a file that the daemon could not load. */
function loadError({ daemon }: Bench, name: string) {
  const { message, context } = daemon.drivers().find(({ file }) => file === name)!.error!;
  return [message, context.at];
}

Deno.test("read: () => undefinedThing.x: the error names the file and the line", async () => {
  await using bench = await laser();
  const device = await bench.daemon.addDevice("laser1", "MyLaser", {}, { streaming: "always" });
  using watch = new Watch(device);
  await device.connect().catch(() => {});
  const { error } = await watch.state("retrying");
  const { type, message, context } = error as LabError;
  equal([type, message], ["ReferenceError", "undefinedThing is not defined (my_laser.ts:12)"]);
  equal(context, { device_id: "laser1", at: "my_laser.ts:12" });
});

Deno.test("a method's TypeError names the file and line, also of an imported file, without a path", async () => {
  await using bench = await laser();
  const device = await bench.daemon.addDevice("laser1", "MyLaser");
  await device.connect();
  const words = "Cannot read properties of null";
  equal(await failure(device.call("power")), [`${words} (reading 'b') (my_laser.ts:15)`, "my_laser.ts:15"]);
  equal(await failure(device.call("settings")), [`${words} (reading 'text') (_settings.ts:4)`, "_settings.ts:4"]);
});

Deno.test("a driver's own message is unchanged; its place is in context.at", async () => {
  await using bench = await laser();
  const device = await bench.daemon.addDevice("laser1", "MyLaser");
  await device.connect();
  equal(await failure(device.call("cable")), ["no cable", "my_laser.ts:16"]);
});

Deno.test("an error in a timer that ends the process names the line", async () => {
  await using bench = await laser();
  const device = await bench.daemon.addDevice("laser1", "MyLaser");
  using watch = new Watch(device);
  await device.connect();
  await device.call("late").catch(() => {});
  const { error } = await watch.state("retrying");
  const { message, context } = error as LabError;
  match(message, /crashed: not a URL \(_settings\.ts:6\)$/);
  equal(context.at, "_settings.ts:6");
});

Deno.test('throw new Error("boom at import") names the line, and a message that has it has it once', async () => {
  await using bench = await benchOf({
    "boom.ts": `import "./_deep.ts";`,
    "_deep.ts": `\n\nthrow new Error("boom at import");`,
    "typo.ts": "const a = 1;\nconst b = ;",
  });
  equal(loadError(bench, "boom.ts"), ["Cannot load boom.ts: boom at import (_deep.ts:3)", "_deep.ts:3"]);
  const [message, at] = loadError(bench, "typo.ts");
  equal([at, message], ["typo.ts:2", message]);
  match(message as string, /^Cannot load typo\.ts: SyntaxError: [^]*at typo\.ts:2:11$/);
});

Deno.test("a device that runs the version from before a save names the lines of that version", async () => {
  await using bench = await laser();
  const device = await bench.daemon.addDevice("laser1", "MyLaser");
  for (const [file, text] of [["my_laser.ts", LASER], ["_settings.ts", SETTINGS]]) {
    await Deno.writeTextFile(`${bench.folder}/${file}`, `interface Added {\n  line: number;\n}\n\n${text}`);
  }
  await device.connect();
  equal((await failure(device.call("power")))[1], "my_laser.ts:15");
  equal((await failure(device.call("settings")))[1], "_settings.ts:4");
});
