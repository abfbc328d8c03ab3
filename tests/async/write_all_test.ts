import { deepStrictEqual as equal, rejects } from "node:assert/strict";
import { writeAll } from "../../lib/async/write_all.ts";

Deno.test("writeAll, a target that takes some bytes at a time: it gets all of them, once and in order", async () => {
  const taken: number[] = [];
  const write = (
    bytes: Uint8Array,
  ) => (taken.push(...bytes.subarray(0, 3)), Promise.resolve(Math.min(3, bytes.length)));
  await writeAll({ write }, Uint8Array.of(1, 2, 3, 4, 5, 6, 7));
  equal(taken, [1, 2, 3, 4, 5, 6, 7]);
  await rejects(writeAll({ write: () => Promise.reject(new Error("full")) }, Uint8Array.of(1)), { message: "full" });
});
