import { Hono } from "hono";
import { now } from "../../async/clock.ts";
import type { LabDaemon } from "../../daemon.ts";
import { deviceHistory } from "../../recording/history/device_history.ts";
import type { StartHistory } from "../../recording/history/history_process.ts";
import type { Recordings } from "../../recording/recordings.ts";
import { historyQuerySchema, MAX_HISTORY_CHANNELS } from "../../wire/history.ts";
import { inputTime, invalidQuery, itemsOf, readQuery } from "../request/query.ts";

const ATTEMPT = "Cannot GET the history of a device";

const DEFAULT_POINTS = 1000;

/** The span without `from`: an hour, in microseconds. */
const DEFAULT_SPAN = 3600e6;

/** `/devices/{id}/history`: the past samples of a device, thinned. */
export function historyRoutes(
  daemon: LabDaemon,
  { recordings, start }: { recordings?: Recordings; start: StartHistory },
): Hono {
  const app = new Hono();

  app.get("/:device_id/history", async (c) => {
    const device = daemon.getDevice(c.req.param("device_id"));
    const query = readQuery(c, historyQuerySchema, ATTEMPT, ["channels"]);
    const to = query.to === undefined ? Math.round(now() * 1000) : microseconds(inputTime(ATTEMPT, "to", query.to));
    const from = query.from === undefined ? to - DEFAULT_SPAN : microseconds(inputTime(ATTEMPT, "from", query.from));
    if (from >= to) throw invalidQuery(ATTEMPT, "from", `"from" must be before "to"`);
    const channels = itemsOf([query.channels ?? ""]);
    if (channels.length > MAX_HISTORY_CHANNELS) {
      throw invalidQuery(ATTEMPT, "channels", `"channels" must have at most ${MAX_HISTORY_CHANNELS} names`);
    }
    const headers = { "Content-Type": "application/json", "Cache-Control": "no-store" };
    if (c.req.raw.method === "HEAD") return c.body(null, 200, headers);
    const part = {
      from,
      to,
      points: query.points ?? DEFAULT_POINTS,
      channels: channels.length > 0 ? channels : undefined,
    };
    const answer = await deviceHistory(device, part, { recordings, start, signal: c.req.raw.signal });
    return c.body(answer, 200, headers);
  });

  return app;
}

function microseconds(nanoseconds: bigint): number {
  return Number(nanoseconds / 1000n);
}
