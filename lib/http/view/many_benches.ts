import { type Context, Hono } from "hono";
import { LabError, messageOf } from "../../errors.ts";
import type { FleetAccess } from "../../hub/view/hub_view.ts";
import type { KnownBench } from "../../hub/view/known_bench.ts";
import { seesDevice } from "../access/enforce.ts";
import { seenIds } from "./device_statuses.ts";
import { seenBenches } from "./fleet_routes.ts";
import type { Forwarder } from "./forward.ts";
import { benchOf, withBenchIds, withFullIds } from "./view_ids.ts";

/** Leases, calls and `/safe`: of one bench by their ids, or of all. */
export function manyBenches(fleet: FleetAccess, forwarder: Forwarder): Hono {
  const app = new Hono();

  app.get("/leases", async (c) => {
    const benches = seenBenches(c, fleet).filter(({ devices }) => [...devices.values()].some(({ lease }) => lease));
    const answers = await askAll<{ leases: unknown[]; queue: unknown[] }>(c, forwarder, benches, "/leases");
    return c.json({
      leases: answers.flatMap(({ leases }) => leases),
      queue: answers.flatMap(({ queue }) => queue),
    });
  });

  app.post("/leases", async (c) => {
    const { bench, body } = withBenchIds(fleet.benches, await forwarder.read(c), "Cannot POST /leases");
    return await forwarder.askForIds(c, { bench, path: "/leases", body });
  });

  const ofLease = (c: Context, rest = "") => {
    const { bench, id } = benchOf(fleet.benches, c.req.param("lease_id")!, "lease");
    return { bench, path: `/leases/${encodeURIComponent(id)}${rest}` };
  };
  app.put("/leases/:lease_id", async (c) => {
    return await forwarder.askForIds(c, { ...ofLease(c), body: await forwarder.read(c) });
  });
  app.delete("/leases/:lease_id", async (c) => await forwarder.ask(c, ofLease(c)));
  app.post("/leases/:lease_id/break", async (c) => {
    return await forwarder.askForIds(c, { ...ofLease(c, "/break"), body: await forwarder.read(c) });
  });

  app.get("/calls", async (c) => {
    const answers = await askAll<{ calls: unknown[] }>(c, forwarder, seenBenches(c, fleet), "/calls");
    return c.json({ calls: answers.flatMap(({ calls }) => calls) });
  });
  const ofCall = async (c: Context) => {
    const { bench, id } = benchOf(fleet.benches, c.req.param("call_id")!, "call");
    return await forwarder.askForIds(c, { bench, path: `/calls/${encodeURIComponent(id)}` });
  };
  app.get("/calls/:call_id", ofCall);
  app.delete("/calls/:call_id", ofCall);

  app.post("/safe", async (c) => {
    const body = await forwarder.read(c);
    const results = await Promise.all(
      seenBenches(c, fleet).map(async (bench) => {
        try {
          const answer = await forwarder.ask(c, { bench, path: "/safe", body });
          if (answer.ok) return (withFullIds(await answer.json(), bench.name) as { results: unknown[] }).results;
          return failed(c, bench, (await answer.json()).error);
        } catch (error) {
          return failed(c, bench, (error instanceof LabError ? error : unanswered(error)).toJSON());
        }
      }),
    );
    return c.json({ results: results.flat() });
  });

  return app;
}

/** The answers of the benches that give one. */
async function askAll<Answer>(
  c: Context,
  forwarder: Forwarder,
  benches: readonly KnownBench[],
  path: string,
): Promise<Answer[]> {
  const answers = await Promise.all(
    benches.filter(({ isThere }) => isThere).map(async (bench) => {
      const answer = await forwarder.ask(c, { bench, path }).catch(() => undefined);
      return answer?.ok ? [withFullIds(await answer.json(), bench.name) as Answer] : [];
    }),
  );
  return answers.flat();
}

/** The devices of a bench that could not be asked: none of them is known to be safe. */
function failed(c: Context, bench: KnownBench, error: unknown): unknown[] {
  return seenIds(bench, (id) => seesDevice(c, id)).map((device_id) => ({ device_id, ok: false, error }));
}

function unanswered(error: unknown): LabError {
  return new LabError("Unavailable", `The bench does not answer: ${messageOf(error)}`);
}
