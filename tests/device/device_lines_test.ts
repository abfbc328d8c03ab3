import { deepEqual, equal, ok } from "node:assert/strict";
import { DeviceLines } from "../../lib/device/supervisor/device_lines.ts";

Deno.test("a device keeps its last 500 lines, and their numbers go on", () => {
  const lines = new DeviceLines();
  for (let i = 0; i < 1200; i++) lines.add({ level: "info", from: "driver", text: `line ${i}` });
  const kept = lines.since(0);
  deepEqual([kept.length, kept[0].number, kept[0].text, lines.next], [500, 700, "line 700", 1200]);
  deepEqual(lines.since(1198).map(({ text }) => text), ["line 1198", "line 1199"]);
});

Deno.test("the lines of a device are bounded in size, however long they are", () => {
  const lines = new DeviceLines();
  for (let i = 0; i < 300; i++) lines.add({ level: "info", from: "driver", text: "x".repeat(2_000) });
  const size = lines.since(0).reduce((sum, { text }) => sum + text.length, 0);
  ok(size <= 200_000 && size > 190_000);
  equal(lines.next, 300);
});
