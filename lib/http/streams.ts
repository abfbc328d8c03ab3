import { type Context, Hono } from "hono";
import type { LabDaemon } from "../daemon.ts";
import { BenchReader, openCursor } from "../device/bench_reader.ts";
import { LabError } from "../errors.ts";
import { ColumnsReader, eventFrame, EventStream, NoticedReader, type Reader } from "../stream/mod.ts";
import type { OpenStreams } from "./access/client_limits.ts";
import { mayControl, onRightEnded, requireDevice, requireScope, seesDevice } from "./access/enforce.ts";
import { mayCommand } from "./access/leased.ts";
import type { Peer } from "./access/peer.ts";
import { devicesOf, readStreamQuery } from "./request/stream_query.ts";

const HEADERS = {
  "Content-Type": "text/event-stream; charset=utf-8",
  "Cache-Control": "no-cache, no-transform",
  "X-Accel-Buffering": "no",
};

/** The streams of a daemon. */
export interface StreamParts {
  daemon: LabDaemon;
  /** The open streams, so that a shutdown can end them. */
  open: Set<EventStream>;
  /** Counts them for each client. */
  counts: OpenStreams;
}

/** `/stream`: devices as server-sent events. */
export function streamRoutes(parts: StreamParts): Hono<{ Bindings: Peer }> {
  const app = new Hono<{ Bindings: Peer }>();
  app.get("/devices/:device_id", (c) => streamDevice(c, parts));
  app.get("/", (c) => streamDevices(c, parts));
  return app;
}

/** Streams one device, with the options of the query. */
async function streamDevice(c: Context, { daemon, open, counts }: StreamParts): Promise<Response> {
  const device = daemon.getDevice(c.req.param("device_id")!);
  const { start, thin, inColumns, options } = readStreamQuery(c.req, device.options);
  if (Object.keys(options).length > 0) {
    requireScope(c, "control", "a stream with options");
    c.get("assertLease")([device.id]);
  }
  let reader = thin(openCursor(device, start));
  if (c.req.raw.method === "HEAD") return c.body(null, 200, HEADERS);
  const release = counts.enter(c);
  const passive = start.passive || isPassive(c) || !mayCommand(c, device.id);
  const waits = start.reconnects;
  if (!passive && (Object.keys(options).length > 0 || device.startsBy({ waits }))) {
    await recorded(c, options, release);
  }
  let end = () => {};
  const reading = device.read({
    ...{ options, waits, passive },
    assertAllowed: () => passive || c.get("assertLease")([device.id]),
    onOptions: ({ event, ...data }) => reader = new NoticedReader(reader, eventFrame(event, data)),
    onStop: () => end(),
  });
  reading.catch(release);
  const leave = await reading;
  end = respond(c, open, inColumns ? new ColumnsReader(reader) : reader, () => {
    release();
    leave();
  }).close;
  // The device may have been removed while its driver checked the options.
  if (!daemon.devices().includes(device)) end();
  return c.res;
}

/** Streams several devices, or all. */
async function streamDevices(c: Context, { daemon, open, counts }: StreamParts): Promise<Response> {
  const { start, thin, inColumns, options } = readStreamQuery(c.req);
  const ids = devicesOf(c.req);
  if (!ids.length) throw missingDevices();
  for (const key of [...Object.keys(options), ...inColumns ? ["format"] : []]) throw unknownKey(key);
  for (const id of ids) if (id !== "*") requireDevice(c, id);
  const sees = (id: string) => seesDevice(c, id);
  const mayStart = (id: string) => mayCommand(c, id);
  const passive = start.passive || isPassive(c);
  const isHead = c.req.raw.method === "HEAD";
  const release = isHead ? () => {} : counts.enter(c);
  try {
    const reader = new BenchReader(daemon, ids, { ...start, passive, sees, mayStart }, thin);
    if (isHead) return c.body(null, 200, HEADERS);
    const starts = reader.starts();
    if (starts.length > 0) await recorded(c, { devices: ids, starts }, release);
    respond(c, open, reader, release);
  } catch (error) {
    release();
    throw error;
  }
  return c.res;
}

/** Answers with the events of a reader, until the reader, its right or the daemon ends. Calls `leave` then. */
function respond(
  c: Context,
  open: Set<EventStream>,
  reader: Pick<Reader, "take" | "subscribe">,
  leave: () => void,
): EventStream {
  const stream = new EventStream(reader, {
    about: {
      device_id: c.req.param("device_id"),
      devices: devicesOf(c.req).join(",") || undefined,
      request_id: c.get("requestId"),
    },
    onClose: () => {
      open.delete(stream);
      stopWaiting();
      leave();
    },
  });
  open.add(stream);
  const stopWaiting = onRightEnded(c, stream.close);
  c.res = new Response(stream.body, { headers: HEADERS });
  return stream;
}

/** Records a stream that starts a device or carries options, before it does. */
async function recorded(c: Context, input: Record<string, unknown>, release: () => void): Promise<void> {
  await c.get("asked")?.(input).catch((error) => {
    release();
    throw error;
  });
}

/** True for a reader that starts no device: it joins a run. */
function isPassive(c: Context): boolean {
  return c.get("isUnknownPage") || !mayControl(c);
}

function missingDevices(): LabError {
  const message = "Cannot stream: name the devices, such as /stream?devices=daq1,host1, or * for all";
  return new LabError("InvalidRequest", message, { context: { issues: [{ path: "devices", message }] } });
}

function unknownKey(key: string): LabError {
  const message =
    `Cannot stream several devices with "${key}": known keys are devices, since, past, max_rate, thin, waits, ` +
    "no_samples and joins; options shape the run of one device, at /stream/devices/{id}";
  return new LabError("InvalidRequest", message, { context: { issues: [{ path: key, message }] } });
}
