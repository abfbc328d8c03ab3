import { deepStrictEqual as equal } from "node:assert/strict";
import { LabDaemon } from "../../lib/mod.ts";

const DRIVER = `
import { defineDriver } from "labdaemon/driver";

/** Yields one typed array of each class. */
export default defineDriver({
  name: "Arrays",
  create: () => ({
    async *stream(signal) {
      const bytes = Uint8Array.from({ length: 16 }, (_, i) => 37 * i + 3);
      for (const Class of [Float64Array, Float32Array, Int32Array, Uint16Array, Int8Array, Uint8Array, BigInt64Array]) {
        yield { data: new Class(bytes.buffer) };
      }
      yield new Float64Array([NaN, -0, Infinity]);
      yield new Float64Array(0);
      yield NaN;
    },
  }),
});
`;

Deno.test("a script's callback gets typed arrays bit by bit from a driver's process", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/arrays.ts`, DRIVER);
    await using daemon = new LabDaemon();
    await daemon.loadDrivers(folder);
    const device = await daemon.addDevice("arrays1", "Arrays");
    await device.connect();
    const got: unknown[] = [];
    const all = Promise.withResolvers<void>();
    await device.startStreaming((data) => {
      if (got.push(data) === 10) all.resolve();
    });
    await all.promise;
    const { buffer } = Uint8Array.from({ length: 16 }, (_, i) => 37 * i + 3);
    const classes = [Float64Array, Float32Array, Int32Array, Uint16Array, Int8Array, Uint8Array, BigInt64Array];
    equal(got, [
      ...classes.map((Class) => ({ data: new Class(buffer) })),
      new Float64Array([NaN, -0, Infinity]),
      new Float64Array(0),
      // A number alone is JSON's: only arrays are exact.
      null,
    ]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a script may ask for JSON's arrays", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/arrays.ts`, DRIVER);
    await using daemon = new LabDaemon();
    await daemon.loadDrivers(folder);
    const device = await daemon.addDevice("arrays1", "Arrays", {}, { arrays: "json" });
    await device.connect();
    const first = Promise.withResolvers<unknown>();
    await device.startStreaming(first.resolve);
    const { buffer } = Uint8Array.from({ length: 16 }, (_, i) => 37 * i + 3);
    equal(await first.promise, { data: [...new Float64Array(buffer)] });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
