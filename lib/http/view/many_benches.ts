import { type Context, Hono } from "hono";
import { LabError, messageOf } from "../../errors.ts";
import type { FleetAccess } from "../../hub/view/hub_view.ts";
import type { KnownBench } from "../../hub/view/known_bench.ts";
import type { RestoreAnswer } from "../../wire/snapshot.ts";
import { requireDevice, seesDevice } from "../access/enforce.ts";
import { seenIds } from "./device_statuses.ts";
import { requireBench, seenBenches } from "./fleet_routes.ts";
import type { Forwarder } from "./forward.ts";
import { bareIds, benchOf, fullId, splitId, withBareTexts, withFullIds } from "./view_ids.ts";

type Input = Record<string, unknown>;

/** The routes that make something at the bench that the ids in the body name, and those of all benches. */
export function manyBenches(fleet: FleetAccess, forwarder: Forwarder): Hono {
  const app = new Hono();
  const { benches } = fleet;

  app.post("/devices", async (c) => {
    const input = await forwarder.read(c);
    const { bench, id } = benchOf(benches, String(input.device_id ?? ""));
    return await forwarder.askForIds(c, { bench, path: "/devices", body: { ...input, device_id: id } });
  });

  for (const path of ["/leases", "/recordings"]) {
    app.post(path, async (c) => {
      const input = await forwarder.read(c);
      const { bench, devices } = ofOneBench(c, benches, input);
      return await forwarder.askForIds(c, { bench, path, body: { ...input, devices } });
    });
  }

  app.post("/tasks", async (c) => {
    const input = await forwarder.read(c);
    const { bench, id: task_type } = benchOf(benches, String(input.task_type ?? ""), "task type");
    requireBench(c, bench);
    const own = fullId(bench.name, "");
    const given = String(input.task_id ?? "");
    const task_id = given.startsWith(own) ? given.slice(own.length) : given;
    const body = { ...withBareTexts(input, bench) as Input, task_type, task_id };
    return await forwarder.askForIds(c, { bench, path: "/tasks", body });
  });

  app.post("/restore", async (c) => {
    const { unanswered: _, ...input } = await forwarder.read(c);
    if (typeof input.recording === "string") {
      const { bench, id } = benchOf(benches, input.recording, "recording");
      requireBench(c, bench);
      const devices = Array.isArray(input.devices) ? ofOneBench(c, benches, input).devices : input.devices;
      return await forwarder.askForIds(c, { bench, path: "/restore", body: { ...input, recording: id, devices } });
    }
    const parts = Map.groupBy((Array.isArray(input.devices) ? input.devices : []) as Input[], ({ device_id }) => {
      requireDevice(c, String(device_id));
      return benchOf(benches, String(device_id)).bench;
    });
    const answers = await Promise.all(
      Array.from(parts, ([bench, devices]) => restoreBench(c, forwarder, { bench, input: { ...input, devices } })),
    );
    return c.json({
      changes: answers.flatMap(({ changes }) => changes),
      skipped: answers.flatMap(({ skipped }) => skipped),
      warnings: answers.flatMap(({ warnings }) => warnings),
    });
  });

  app.post("/safe", async (c) => {
    const body = await forwarder.read(c);
    const results = await Promise.all(
      seenBenches(c, fleet).map(async (bench) => {
        const found = await answerOf(bench, () => forwarder.ask(c, { bench, path: "/safe", body }));
        return "error" in found ? failed(c, bench, found.error) : found.results;
      }),
    );
    return c.json({ results: results.flat() });
  });

  return app;
}

/** Restores devices of one bench. Those of a bench that refuses, or does not answer, are skipped. */
async function restoreBench(
  c: Context,
  forwarder: Forwarder,
  { bench, input }: { bench: KnownBench; input: Input },
): Promise<RestoreAnswer> {
  const devices = (input.devices as Input[]).map((it) => ({
    ...it,
    device_id: splitId(String(it.device_id))!.id,
  }));
  const found = await answerOf(
    bench,
    () => forwarder.ask(c, { bench, path: "/restore", body: { ...input, devices } }),
  );
  if (!("error" in found)) return found as unknown as RestoreAnswer;
  const { type, message: why } = found.error as { type: string; message: string };
  const skipped = devices.map(({ device_id }) => ({ device_id: fullId(bench.name, device_id), name: "", why, type }));
  return { changes: [], skipped, warnings: [] };
}

/** The answer of a bench with the ids of the view, or its error. */
async function answerOf({ name }: KnownBench, ask: () => Promise<Response>): Promise<Input> {
  try {
    const answer = await ask();
    const body = await answer.json();
    return answer.ok ? withFullIds(body, name) as Input : { error: body.error };
  } catch (error) {
    return { error: (error instanceof LabError ? error : unanswered(error)).toJSON() };
  }
}

/** The devices of a bench that could not be asked: none of them is known to be safe. */
function failed(c: Context, bench: KnownBench, error: unknown): unknown[] {
  return seenIds(bench, (id) => seesDevice(c, id)).map((device_id) => ({ device_id, ok: false, error }));
}

function unanswered(error: unknown): LabError {
  return new LabError("Unavailable", `The bench does not answer: ${messageOf(error)}`);
}

/**
 * The bench of the devices in a body, and their ids there; `lab3/*` is `*`.
 *
 * @throws {LabError} `InvalidRequest` if they are of several benches, or none is named; `Forbidden`.
 */
function ofOneBench(
  c: Context,
  benches: ReadonlyMap<string, KnownBench>,
  { devices }: Input,
): { bench: KnownBench; devices: string[] } {
  const ids = Array.isArray(devices) ? devices.map(String) : [];
  if (ids.length === 0 || ids.includes("*")) {
    throw refusal(c, "name the devices of one bench, such as lab3/daq1 or lab3/*");
  }
  const { bench } = benchOf(benches, ids[0]);
  for (const id of ids) if (!id.endsWith("/*")) requireDevice(c, id);
  const bare = bareIds(ids, bench);
  if (!bare) throw refusal(c, "the devices are of several benches; ask for those of each");
  return { bench, devices: bare };
}

function refusal({ req }: Context, why: string): LabError {
  const message = `Cannot ${req.method} ${req.path}: ${why}`;
  return new LabError("InvalidRequest", message, { context: { issues: [{ path: "devices", message }] } });
}
