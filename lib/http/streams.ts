import { type Context, Hono } from "hono";
import type { LabDaemon } from "../daemon.ts";
import type { Device } from "../device/device.ts";
import { LabError } from "../errors.ts";
import {
  type Cursor,
  type EventStream,
  eventStream,
  MergedReader,
  parsePositions,
  type Positions,
  type Reader,
} from "../stream/mod.ts";
import { readStreamQuery } from "./stream_query.ts";

const HEADERS = {
  "Content-Type": "text/event-stream; charset=utf-8",
  "Cache-Control": "no-cache, no-transform",
  "X-Accel-Buffering": "no",
};

/** `/stream`: devices as server-sent events. `open` holds the streams that are open, so that a shutdown can end them. */
export function streamRoutes(daemon: LabDaemon, open: Set<EventStream>): Hono {
  const app = new Hono();

  const respond = (c: Context, reader: Pick<Reader, "take" | "subscribe">, leave: () => void): EventStream => {
    const stream = eventStream(reader, {
      about: { device_id: c.req.param("device_id"), devices: c.req.query("devices"), request_id: c.get("requestId") },
      onClose: () => {
        open.delete(stream);
        leave();
      },
    });
    open.add(stream);
    c.res = new Response(stream.body, { headers: HEADERS });
    return stream;
  };

  app.get("/devices/:device_id", async (c) => {
    const device = daemon.getDevice(c.req.param("device_id"));
    const query = readStreamQuery(c.req.url, c.req.header("last-event-id"), device.options);
    const { past, comesBack, thin, options } = query;
    const place = (since?: string) => device.log.cursor(since, past);
    const cursor = comesBack ? orElsewhere(query.since!, place, `${ELSEWHERE}--1`) : place(query.since);
    if (c.req.raw.method === "HEAD") return c.body(null, 200, HEADERS);
    const reader = thin(cursor);
    let end = () => {};
    const leave = await device.read({ options, waits: comesBack, onStop: () => end() });
    end = respond(c, reader, leave).close;
    // It may have been removed while its options were checked.
    if (!daemon.devices().includes(device)) end();
    return c.res;
  });

  app.get("/", (c) => {
    const query = readStreamQuery(c.req.url, c.req.header("last-event-id"));
    const { past, comesBack, thin, options } = query;
    const asked = c.req.query("devices")?.split(",").filter(Boolean) ?? [];
    if (!asked.length) throw missingDevices();
    for (const key of Object.keys(options)) throw unknownKey(key);
    const all = asked.includes("*");
    const named = asked.filter((id) => id !== "*").map((id) => daemon.getDevice(id));
    const devices = all ? daemon.devices() : named;
    const place = (since?: string) => {
      const places = since === undefined ? undefined : parsePositions(since);
      return new Map(devices.map((device) => [device, device.log.cursor(placeOf(device, places, past), past)]));
    };
    const cursors = comesBack ? orElsewhere(query.since!, place, ELSEWHERE) : place(query.since);
    if (c.req.raw.method === "HEAD") return c.body(null, 200, HEADERS);

    const merged = new MergedReader(daemon.epoch);
    const leaves = new Map<Device, Promise<() => void>>();
    const add = (device: Device, cursor: Cursor) => {
      if (leaves.has(device)) return;
      merged.add(device.id, thin(cursor));
      leaves.set(device, device.read({ waits: comesBack }));
    };
    for (const [device, cursor] of cursors) add(device, cursor);
    const unlisten = daemon.listen({
      added: (device) => {
        if (all || asked.includes(device.id)) add(device, device.log.cursor());
      },
      removed: (device) => {
        merged.remove(device.id);
        leaves.delete(device);
      },
    });
    respond(c, merged, () => {
      unlisten();
      for (const leave of leaves.values()) leave.then((leave) => leave());
    });
    return c.res;
  });

  return app;
}

/** A place that no daemon of this kind has given out: whoever comes from there is told of a restart. */
const ELSEWHERE = "elsewhere";

/**
 * The place of a reader that comes back. A browser gives up for good on a refusal, so an id that leads nowhere, another
 * server's perhaps, is one of another epoch.
 */
function orElsewhere<Place>(id: string, place: (id: string) => Place, elsewhere: string): Place {
  try {
    return place(id);
  } catch {
    return place(elsewhere);
  }
}

/**
 * Where a reader that comes back goes on. A device that was not there when it left is new to it from the beginning, unless
 * it says from when on.
 */
function placeOf({ id, log }: Device, places: Positions | undefined, past: number): string | undefined {
  if (!places || (past > 0 && places.epoch === log.epoch && !places.sequences.has(id))) return undefined;
  return `${places.epoch}-${places.sequences.get(id) ?? -1}`;
}

function missingDevices(): LabError {
  const message = "Cannot stream: name the devices, such as /stream?devices=daq1,host1, or * for all";
  return new LabError("InvalidRequest", message, { context: { issues: [{ path: "devices", message }] } });
}

function unknownKey(key: string): LabError {
  const message =
    `Cannot stream several devices with "${key}": known keys are devices, since, past, max_rate, thin and waits; ` +
    "options shape the run of one device, at /stream/devices/{id}";
  return new LabError("InvalidRequest", message, { context: { issues: [{ path: key, message }] } });
}
