import { deepStrictEqual as equal } from "node:assert/strict";
import { AlarmFile } from "../../../lib/cli/serve/alarm_file.ts";
import type { AlarmStatus } from "../../../lib/wire/alarms.ts";

const ALARM: AlarmStatus = {
  ...{ device_id: "daq1", name: "value", channel: "value", condition: "above 5", unit: "V", then: [], state: "firing" },
  ...{ since: "2026-11-26T08:00:00.000000Z", value: 9, watched: true },
  incident: {
    ...{ incident_id: "e-1", began_at: "2026-11-26T08:00:00.000000Z", ended_at: null, flaps: 3, worst: 9 },
    ...{ acknowledged: null, safe: null },
  },
};

Deno.test("AlarmFile keeps the alarms with an incident, the last of several writes, and reads none from a damaged file", async () => {
  const folder = await Deno.makeTempDir({ prefix: "labdaemon-test-" });
  try {
    const file = new AlarmFile(folder);
    equal(await file.read(), []);
    file.write([]);
    file.write([ALARM, { ...ALARM, name: "other", incident: null }]);
    await file.written;
    equal(await new AlarmFile(folder).read(), [ALARM]);
    await Deno.writeTextFile(`${folder}/alarms.json`, "{");
    equal(await file.read(), []);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
