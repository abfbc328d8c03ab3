import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import type { DeviceDataEvent } from "../../lib/wire/events.ts";
import { benchOf } from "../support/bench.ts";

const CARD = `import { block, defineDriver, stamped } from "labdaemon/driver";
import { z } from "zod";

export default defineDriver({
  name: "Card",
  sample: z.string(),
  create: () => ({
    async *stream() {
      for (let n = 0; n < 50_000; n += 1_000) {
        yield block({ t0: n / 100, dt: 0.01, values: Int32Array.from({ length: 1_000 }, (_, i) => n + i) });
      }
      yield stamped(500, -1);
    },
  }),
});
`;

Deno.test("blocks cross the pipe as samples with times of the instrument; what does not fit the schema is warned of", async () => {
  await using bench = await benchOf({ "card.ts": CARD });
  const device = await bench.daemon.addDevice("card1", "Card");
  await device.connect();
  const events: DeviceDataEvent[] = [];
  for await (const event of device.events()) {
    ok(event.event !== "gap");
    if (event.event !== "device_data") continue;
    events.push(event);
    if (event.payload === -1) break;
  }
  equal(events.map(({ payload }) => payload), [...Array(50_000).keys(), -1]);
  equal(events.map(({ sequence }) => sequence), [...Array(50_001).keys()]);
  const micros = (time: string) => Date.parse(`${time.slice(0, 20)}000Z`) * 1000 + Number(time.slice(20, 26));
  const start = micros(events[0].timestamp);
  ok(events.every(({ timestamp }, i) => Math.abs(micros(timestamp) - start - i * 10) <= 1));
  ok(events.every(({ received }) => received !== undefined && received >= events[0].timestamp));
  // The finding about the first block came right behind it.
  const { warnings: [{ type, message }], instrument_clock: clock } = device.status();
  equal([type, clock?.origin, clock?.steps], ["SampleMismatch", "own", 0]);
  match(message, /as sample \(card\.ts:6\): .*expected a text, found 0, in 0$/);
});
