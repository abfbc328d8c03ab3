import { deepStrictEqual as equal } from "node:assert/strict";
import { listText } from "../../lib/http/devices/list_text.ts";

Deno.test("listText() has an item for each, also for one that cannot be shown", () => {
  const shown = { good: { ok: true }, large: { n: 1n } };
  const names = ["good", "throws", "large"];
  const text = listText("devices", names, (name) => {
    if (name === "throws") throw new Error("no status");
    return shown[name as keyof typeof shown];
  }, (name) => ({ unreadable: name }));
  equal(JSON.parse(text), {
    devices: [{ ok: true }, { unreadable: "throws" }, { unreadable: "large" }],
  });
});
