import { type Context, Hono } from "hono";
import type { LabDaemon } from "../daemon.ts";
import type { ManagedDevice } from "../device/managed_device.ts";
import { LabError } from "../errors.ts";
import {
  type EventStream,
  eventStream,
  MergedReader,
  parseEventId,
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
      onClose: () => {
        open.delete(stream);
        leave();
      },
    });
    open.add(stream);
    c.res = new Response(stream.body, { headers: HEADERS });
    return stream;
  };

  app.get("/devices/:id", async (c) => {
    const device = daemon.getDevice(c.req.param("id"));
    const query = readStreamQuery(c.req.url, c.req.header("last-event-id"), device.options);
    const { comesBack, thin, options } = query;
    const since = comesBack ? orElsewhere(query.since!, parseEventId, `${ELSEWHERE}--1`) : query.since;
    if (c.req.raw.method === "HEAD") return c.body(null, 200, HEADERS);
    const reader = thin(device.log.cursor(since));
    let end = () => {};
    const leave = await device.read({ options, waits: comesBack, onStop: () => end() });
    end = respond(c, reader, leave).close;
    // It may have been removed while its options were checked.
    if (!daemon.devices().includes(device)) end();
    return c.res;
  });

  app.get("/", (c) => {
    const query = readStreamQuery(c.req.url, c.req.header("last-event-id"));
    const { comesBack, thin, options } = query;
    const since = comesBack ? orElsewhere(query.since!, parsePositions, ELSEWHERE) : query.since;
    const asked = c.req.query("devices")?.split(",").filter(Boolean) ?? [];
    if (!asked.length) throw missingDevices();
    for (const key of Object.keys(options)) throw unknownKey(key);
    const all = asked.includes("*");
    const named = asked.filter((id) => id !== "*").map((id) => daemon.getDevice(id));
    const places = since === undefined ? undefined : parsePositions(since);
    if (c.req.raw.method === "HEAD") return c.body(null, 200, HEADERS);

    const merged = new MergedReader(daemon.epoch);
    const leaves = new Map<ManagedDevice, Promise<() => void>>();
    const add = (device: ManagedDevice, since: string | undefined) => {
      if (leaves.has(device)) return;
      const cursor = device.log.cursor(since);
      merged.add(device.id, thin(cursor));
      leaves.set(device, device.read({ waits: comesBack }));
    };
    for (const device of all ? daemon.devices() : named) add(device, placeOf(device, places));
    const unlisten = daemon.listen({
      added: (device) => {
        if (all || asked.includes(device.id)) add(device, `${daemon.epoch}-${device.log.sequence - 1}`);
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
 * The id behind which a reader comes back. A browser gives up for good on a refusal, so an id that cannot be read, another
 * server's perhaps, is one of another epoch.
 */
function orElsewhere(id: string, parse: (id: string) => unknown, elsewhere: string): string {
  try {
    parse(id);
    return id;
  } catch {
    return elsewhere;
  }
}

/** Where a reader that comes back goes on. A device that was not there when it left is new to it from the beginning. */
function placeOf({ id }: ManagedDevice, places: Positions | undefined): string | undefined {
  return places && `${places.epoch}-${places.sequences.get(id) ?? -1}`;
}

function missingDevices(): LabError {
  const message = "Cannot stream: name the devices, such as /stream?devices=daq1,host1, or * for all";
  return new LabError("InvalidRequest", message, { context: { issues: [{ path: "devices", message }] } });
}

function unknownKey(key: string): LabError {
  const message = `Cannot stream several devices with "${key}": known keys are devices, since, max_rate and thin; ` +
    "options shape the run of one device, at /stream/devices/{id}";
  return new LabError("InvalidRequest", message, { context: { issues: [{ path: key, message }] } });
}
