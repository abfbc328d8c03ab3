import { type Context, Hono } from "hono";
import { LabError } from "../../errors.ts";
import type { FleetAccess } from "../../hub/view/hub_view.ts";
import type { KnownBench } from "../../hub/view/known_bench.ts";
import { LAST_EVENT_ID } from "../../wire/headers.ts";
import type { OpenStreams } from "../access/client_limits.ts";
import { mayControl, onRightEnded, requireDevice, seesDevice } from "../access/enforce.ts";
import type { Peer } from "../access/peer.ts";
import { queryOf } from "../request/query.ts";
import { devicesOf } from "../request/stream_query.ts";
import { BenchStream } from "./bench_stream.ts";
import { callerOf } from "./forward.ts";
import type { KeptPlaces } from "./kept_places.ts";
import { benchOf, fullId } from "./view_ids.ts";
import { parseViewPlaces, ViewPlaces } from "./view_places.ts";
import { ViewStream } from "./view_stream.ts";

/** The time between two looks for benches that came, for a stream of all. */
const LOOK_MS = 1_000;

const HEADERS = {
  "Content-Type": "text/event-stream; charset=utf-8",
  "Cache-Control": "no-cache, no-transform",
  "X-Accel-Buffering": "no",
};

/** An id that no bench gives: each bench answers it with a gap of all its devices, for the reason `restart`. */
const NEVER_SENT = "unknown";

/** The streams of a view. */
export interface ViewStreamParts {
  fleet: FleetAccess;
  /** The open streams, so that a shutdown can end them. */
  open: Set<ViewStream>;
  /** Counts them for each client. */
  counts: OpenStreams;
  /** The places of their readers. */
  kept: KeptPlaces;
}

/** `/stream`: devices of all benches as server-sent events. */
export function viewStreamRoutes(parts: ViewStreamParts): Hono<{ Bindings: Peer }> {
  const app = new Hono<{ Bindings: Peer }>();
  app.get("/devices/:device_id", (c) => streamDevice(c, parts));
  app.get("/", (c) => streamDevices(c, parts));
  return app;
}

/** Streams one device of a bench. */
async function streamDevice(c: Context, parts: ViewStreamParts): Promise<Response> {
  const { fleet } = parts;
  const { bench, id } = benchOf(fleet.benches, c.req.param("device_id")!);
  if (!bench.isThere && !bench.devices.has(id)) throw unknownDevice(bench, id);
  if (c.req.raw.method === "HEAD") return c.body(null, 200, HEADERS);
  const stream = begin(c, parts);
  try {
    const of = new BenchStream({
      ...{ fleet, bench, caller: callerOf(c), signal: stream.signal, write: stream.write },
      path: `/stream/devices/${encodeURIComponent(id)}${textOf(queryFor(c))}`,
      since: c.req.header(LAST_EVENT_ID) || undefined,
      devices: [id],
      sees: (id) => seesDevice(c, fullId(bench.name, id)),
    });
    const refused = await of.open();
    if (refused) {
      stream.close();
      return refused;
    }
    of.run().then(() => stream.close());
  } catch (error) {
    stream.close();
    throw error;
  }
  return new Response(stream.body, { headers: HEADERS });
}

/** Streams several devices, or all, of one or several benches. */
async function streamDevices(c: Context, parts: ViewStreamParts): Promise<Response> {
  const { fleet, kept } = parts;
  const ids = devicesOf(c.req);
  if (ids.length === 0) throw missingDevices();
  const asked = byBench(c, fleet, ids);
  const query = queryFor(c);
  const reconnects = Boolean(c.req.header(LAST_EVENT_ID));
  const since = c.req.header(LAST_EVENT_ID) || query.get("since") || undefined;
  const places = new ViewPlaces(kept);
  const found = since === undefined ? new Map<string, string>() : readPlaces(since, kept, reconnects);
  for (const [bench, id] of found ?? []) places.set(bench, id);
  if (c.req.raw.method === "HEAD") return c.body(null, 200, HEADERS);
  query.delete("devices");
  query.delete("since");
  const stream = begin(c, parts);
  stream.signal.addEventListener("abort", () => places.close());
  const caller = callerOf(c);
  const make = (bench: KnownBench, devices: string[]) => {
    const place = places.get(bench.name);
    const since = place === undefined || reconnects ? [] : [["since", place]];
    return new BenchStream({
      ...{ fleet, bench, caller, signal: stream.signal, write: stream.write },
      path: `/stream?${new URLSearchParams([...query, ...since, ["devices", devices.join(",")]])}`,
      since: reconnects ? place ?? (found ? undefined : NEVER_SENT) : undefined,
      devices,
      sees: (id) => seesDevice(c, fullId(bench.name, id)),
      idOf: (id) => places.idOf(bench.name, id),
    });
  };
  try {
    const streams = Array.from(asked.named, ([bench, devices]) => make(bench, devices));
    const answers = await Promise.all(streams.map((it) => it.open()));
    const refused = answers.find((it) => it !== undefined);
    if (refused) {
      stream.close();
      return refused;
    }
    for (const it of streams) it.run();
  } catch (error) {
    stream.close();
    throw error;
  }
  if (asked.hasAll) readAll(fleet, stream, new Set(asked.named.keys()), make);
  return new Response(stream.body, { headers: HEADERS });
}

/** Opens a stream that ends when its reader, its right or the view ends. */
function begin(c: Context, { open, counts }: ViewStreamParts): ViewStream {
  const release = counts.enter(c);
  const stream = new ViewStream(() => {
    open.delete(stream);
    stopWaiting();
    release();
  });
  open.add(stream);
  const stopWaiting = onRightEnded(c, () => stream.close());
  return stream;
}

/** Reads all devices of all benches, also of those that come later. */
function readAll(
  fleet: FleetAccess,
  stream: ViewStream,
  known: Set<KnownBench>,
  make: (bench: KnownBench, devices: string[]) => BenchStream,
): void {
  const look = () => {
    for (const bench of fleet.benches.values()) {
      if (!bench.about || known.has(bench)) continue;
      known.add(bench);
      make(bench, ["*"]).run();
    }
  };
  look();
  const timer = setInterval(look, LOOK_MS);
  stream.signal.addEventListener("abort", () => clearInterval(timer));
}

/** The devices of each bench, as it has them. `*` stands for all of all benches, `lab3/*` for all of one. */
function byBench(c: Context, fleet: FleetAccess, ids: string[]): { named: Map<KnownBench, string[]>; hasAll: boolean } {
  const named = new Map<KnownBench, string[]>();
  for (const full of new Set(ids)) {
    if (full === "*") continue;
    const { bench, id } = benchOf(fleet.benches, full);
    if (id !== "*") requireDevice(c, full);
    if (!bench.isThere && id !== "*" && !bench.devices.has(id)) throw unknownDevice(bench, id);
    named.set(bench, [...named.get(bench) ?? [], id]);
  }
  const hasAll = ids.includes("*");
  for (const bare of hasAll ? named.values() : []) bare.push("*");
  return { named, hasAll };
}

/** The query to the bench: a reader without the right to control starts no device. */
function queryFor(c: Context): URLSearchParams {
  const query = queryOf(c.req);
  query.delete("ticket");
  if ((c.get("isUnknownPage") || !mayControl(c)) && !query.has("joins")) query.set("joins", "true");
  return query;
}

function textOf(query: URLSearchParams): string {
  return query.size > 0 ? `?${query}` : "";
}

/**
 * The places of a reader. `undefined` if the reader reconnects and the places cannot be read, because a browser never
 * retries after a refusal.
 *
 * @throws {LabError} `InvalidRequest`, if the places cannot be read and the reader does not reconnect by itself.
 */
function readPlaces(since: string, kept: KeptPlaces, reconnects: boolean): ReadonlyMap<string, string> | undefined {
  try {
    return parseViewPlaces(since, kept);
  } catch (error) {
    if (reconnects) return undefined;
    throw error;
  }
}

function unknownDevice({ name, devices, awaySince }: KnownBench, id: string): LabError {
  const message = `Cannot find device ${JSON.stringify(`${name}/${id}`)}: bench "${name}", away since ${awaySince}, ` +
    `had ${[...devices.keys()].join(", ") || "none"}`;
  return new LabError("DeviceNotFound", message, { context: { device_id: `${name}/${id}` } });
}

function missingDevices(): LabError {
  const message = "Cannot stream: name the devices, such as /stream?devices=lab3/daq1,lab4/host1, lab3/* or * for all";
  return new LabError("InvalidRequest", message, { context: { issues: [{ path: "devices", message }] } });
}
