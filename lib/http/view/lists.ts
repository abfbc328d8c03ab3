import { type Context, Hono } from "hono";
import { timestamp } from "../../async/clock.ts";
import { LabError, messageOf } from "../../errors.ts";
import type { FleetAccess } from "../../hub/view/hub_view.ts";
import type { KnownBench } from "../../hub/view/known_bench.ts";
import type { RecordingStorage } from "../../wire/recordings.ts";
import type { UnansweredBench } from "../../wire/pages/benches.ts";
import { listedBenches } from "./fleet_routes.ts";
import type { Forwarder } from "./forward.ts";
import { fullId, withFullIds } from "./view_ids.ts";

/** The lists that benches answer, and the keys of their parts. */
const LISTS: Readonly<Record<string, readonly string[]>> = {
  "/calls": ["calls"],
  "/leases": ["leases", "queue"],
  "/recordings": ["recordings"],
  "/snapshot": ["devices"],
  "/task-types": ["task_types"],
  "/tasks": ["tasks"],
};

/** The states of the disk of a bench's recordings, the worst first. */
const STORAGE_STATES = ["down", "paused", "slow", "low", "ok", "idle"] as const satisfies RecordingStorage["state"][];

type Lists = Record<string, Record<string, unknown>[]>;

/** The answer of one bench to a request that all benches get. */
interface Answer {
  bench: KnownBench;
  lists?: Lists;
  error?: ReturnType<LabError["toJSON"]>;
}

/** The lists of all benches, or with `?bench=lab3,lab4` of some. A bench that gives none is in `unanswered`. */
export function listRoutes(fleet: FleetAccess, forwarder: Forwarder): Hono {
  const app = new Hono();
  for (const [path, keys] of Object.entries(LISTS)) {
    app.get(path, async (c) => {
      const benches = listedBenches(c, fleet).filter((bench) => path !== "/leases" || hasLease(bench));
      const answers = await Promise.all(benches.map((bench) => ask(c, forwarder, bench, path)));
      const lists = answers.map(({ lists }) => lists ?? {});
      const unanswered: UnansweredBench[] = answers.flatMap(({ bench: { name }, error }) =>
        error ? [{ bench: name, error }] : []
      );
      return c.json({
        ...path === "/snapshot" && { taken_at: timestamp() },
        ...Object.fromEntries(keys.map((key) => [key, lists.flatMap((it) => it[key] ?? [])])),
        ...path === "/recordings" && { storage: worstStorage(answers) },
        unanswered,
      });
    });
  }
  return app;
}

async function ask(c: Context, forwarder: Forwarder, bench: KnownBench, path: string): Promise<Answer> {
  try {
    const answer = await forwarder.ask(c, { bench, path });
    const body = await answer.json();
    if (!answer.ok) return { bench, error: body.error };
    const lists = withFullIds(body, bench.name) as Lists;
    // A type of task is one of its bench.
    for (const type of lists.task_types ?? []) type.name = fullId(bench.name, String(type.name));
    return { bench, lists };
  } catch (error) {
    const known = error instanceof LabError ? error : new LabError("Unavailable", messageOf(error));
    return { bench, error: known.toJSON() };
  }
}

/** Leases are announced: pages ask for them often. */
function hasLease({ devices }: KnownBench): boolean {
  return [...devices.values()].some(({ lease }) => lease);
}

/** The disk with the least reserve among those of all recording benches. */
function worstStorage(answers: readonly Answer[]): RecordingStorage {
  const all = answers.flatMap(({ bench: { name }, lists }) => {
    if (!lists) return [];
    const storage = lists.storage as unknown as RecordingStorage;
    const { state, reason } = storage;
    const why = reason ?? (state === "low" ? "the disk of the recordings is almost full" : null);
    return [{ ...storage, reason: why && `${name}: ${why}` }];
  });
  const [worst] = all.sort((a, b) => STORAGE_STATES.indexOf(a.state) - STORAGE_STATES.indexOf(b.state));
  return worst ?? { state: "idle", reason: null, free_bytes: null, folder: "", share: null };
}
