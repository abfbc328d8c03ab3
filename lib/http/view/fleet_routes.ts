import { type Context, Hono } from "hono";
import { LabError } from "../../errors.ts";
import type { FleetAccess } from "../../hub/view/hub_view.ts";
import type { KnownBench } from "../../hub/view/known_bench.ts";
import type { AlarmStatus } from "../../wire/alarms.ts";
import {
  type BenchesAnswer,
  benchesQuerySchema,
  benchListQuerySchema,
  type BenchStatus,
} from "../../wire/pages/benches.ts";
import { seesDevice } from "../access/enforce.ts";
import { invalidQuery, itemsOf, queryOf, readQuery } from "../request/query.ts";
import { announcedDevices, DeviceStatuses, driversOf, seenIds } from "./device_statuses.ts";
import type { Forwarder } from "./forward.ts";
import { benchOf, fullId, withFullIds } from "./view_ids.ts";

/** The devices of a bench that a search shows. */
const MAX_FOUND = 20;

/** The benches of a hub, their devices, drivers and alarms. */
export function fleetRoutes(fleet: FleetAccess, forwarder: Forwarder): Hono {
  const app = new Hono();
  const statuses = new DeviceStatuses(fleet);

  app.get("/benches", (c) => {
    const { find = "" } = readQuery(c, benchesQuerySchema, "Cannot GET /benches", ["bench"]);
    const words = find.toLowerCase().split(/\s+/).filter(Boolean);
    const seen = seenBenches(c, fleet);
    const benches = words.length === 0 ? seen.map((bench) => benchStatus(c, bench)) : seen.flatMap((bench) => {
      const found = foundIn(c, bench, words);
      return found ? [{ ...benchStatus(c, bench), found }] : [];
    });
    const answer: BenchesAnswer = { hub: { connected: fleet.isConnected }, benches };
    return c.json(answer);
  });

  app.get("/devices", async (c) => {
    const devices = await statuses.of(listedBenches(c, fleet));
    return c.json({ devices: devices.filter(({ device_id }) => seesDevice(c, device_id)) });
  });

  app.get("/devices/:device_id", async (c) => {
    const { bench, id } = benchOf(fleet.benches, c.req.param("device_id"));
    const full = fullId(bench.name, id);
    const known = announcedDevices(bench).find(({ device_id }) => device_id === full);
    if (known && !bench.isThere) return c.json(known);
    const answer = await forwarder.ask(c, { bench, path: `/devices/${encodeURIComponent(id)}` });
    if (!answer.ok) return answer;
    const device = withFullIds(await answer.json(), bench.name) as Record<string, unknown>;
    return c.json({ ...device, bench: bench.name, stale_since: null });
  });

  app.get("/drivers", (c) => c.json({ drivers: listedBenches(c, fleet).flatMap(driversOf) }));

  app.get("/alarms", (c) => {
    const alarms = listedBenches(c, fleet).flatMap(alarmsOf);
    return c.json({ alarms: alarms.filter(({ device_id }) => seesDevice(c, device_id)) });
  });

  return app;
}

/** The benches of a list, as {@linkcode seenBenches} selects them. Refuses other keys of a query than `bench`. */
export function listedBenches(c: Context, fleet: Pick<FleetAccess, "benches">): KnownBench[] {
  readQuery(c, benchListQuerySchema, `Cannot GET ${c.req.path}`, ["bench"]);
  return seenBenches(c, fleet);
}

/**
 * The benches of which the principal may see something; with `?bench=lab3,lab4`, only these.
 *
 * @throws {LabError} `InvalidRequest` for a bench that the hub does not know.
 */
export function seenBenches(c: Context, { benches }: Pick<FleetAccess, "benches">): KnownBench[] {
  const query = queryOf(c.req);
  const named = query.has("bench") ? itemsOf(query.getAll("bench")) : undefined;
  const unknown = named?.find((name) => !benches.get(name)?.about);
  if (unknown !== undefined) {
    throw invalidQuery(`Cannot GET ${c.req.path}`, "bench", `the hub has no bench ${JSON.stringify(unknown)}`);
  }
  const isSeen = (bench: KnownBench) =>
    bench.about && (named?.includes(bench.name) ?? true) &&
    (c.get("principal")?.seesAll || seenIds(bench, (id) => seesDevice(c, id)).length > 0);
  return [...benches.values()].filter(isSeen).sort((a, b) => a.name < b.name ? -1 : 1);
}

/** @throws {LabError} `Forbidden` for a bench of which the principal may see nothing. */
export function requireBench(c: Context, bench: KnownBench): void {
  const principal = c.get("principal");
  if (principal?.seesAll || seenIds(bench, (id) => seesDevice(c, id)).length > 0) return;
  throw new LabError(
    "Forbidden",
    `Cannot ${c.req.method} ${c.req.path}: it is of the bench ${JSON.stringify(bench.name)}, ` +
      "of which you may see no device",
  );
}

/** The alarms of a bench, as it has last announced them. */
function alarmsOf({ name, alarms, awaySince }: KnownBench): (AlarmStatus & { stale_since: string | null })[] {
  return alarms.map((alarm) => ({ ...withFullIds(alarm, name) as AlarmStatus, stale_since: awaySince }));
}

/**
 * The devices of a bench that match all words of a search; `undefined` if neither the bench nor any of its devices
 * does.
 */
function foundIn(c: Context, { name, about, devices }: KnownBench, words: readonly string[]): string[] | undefined {
  const hasAll = (text: string) => words.every((word) => text.toLowerCase().includes(word));
  const found = [...devices.values()].filter(({ device_id: id, device_type, state, lease }) =>
    seesDevice(c, fullId(name, id)) && hasAll(`${fullId(name, id)} ${device_type} ${state} ${lease?.owner ?? ""}`)
  );
  const isFound = found.length > 0 || hasAll(`${name} ${about?.host ?? ""} ${about?.version}`);
  return isFound ? found.slice(0, MAX_FOUND).map(({ device_id }) => device_id) : undefined;
}

function benchStatus(c: Context, bench: KnownBench): BenchStatus {
  const { about, awaySince, name, notStored } = bench;
  const { since, version, host, epoch, ended_at } = about!;
  const devices = [...bench.devices.values()].filter(({ device_id: id }) => seesDevice(c, fullId(name, id)));
  const states: Record<string, number> = {};
  for (const { state } of devices) states[state] = (states[state] ?? 0) + 1;
  const alarms = bench.alarms.filter(({ device_id: id }) => seesDevice(c, fullId(name, id)));
  const named = (state: string) =>
    alarms.filter((it) => it.state === state).map(({ device_id, name }) => `${device_id} ${name}`);
  const owners = devices.flatMap(({ device_id, lease }) => {
    return lease ? [{ device_id, owner: lease.owner, purpose: lease.purpose, since: lease.since }] : [];
  });
  return {
    ...{ bench: name, state: awaySince === null ? "there" : ended_at ? "ended" : "away", away_since: awaySince },
    ...notStored !== null && { not_stored: notStored },
    ...{ since, version, host: host ?? null, epoch, devices: devices.length, states },
    ...{ alarms: named("firing"), acknowledged: named("acknowledged") },
    owners,
  };
}
