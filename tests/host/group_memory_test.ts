import { deepStrictEqual as equal } from "node:assert/strict";
import { parseMemory } from "../../lib/host/group_memory.ts";

Deno.test("parseMemory() sums the memory of each process group, from /proc and from ps", () => {
  const proc =
    "NSpgid:\t41\t1\nVmRSS:\t    1000 kB\nNSpgid:\t2\nNSpgid:\t41\nVmRSS:\t  24 kB\nNSpgid:\t7\nVmRSS:\t 1 kB\n";
  equal([...parseMemory(proc)], [[41, 1_048_576], [7, 1024]]);
  equal([...parseMemory("   41  1000\n   41    24\n    7     1\n")], [[41, 1_048_576], [7, 1024]]);
  equal([...parseMemory("nothing\n\n")], []);
});
