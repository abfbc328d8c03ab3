import { type Context, Hono } from "hono";
import { delay } from "../../async/mod.ts";
import type { LabDaemon } from "../../daemon.ts";
import type { Call } from "../../device/calls.ts";
import { requireDevice, seesDevice } from "../access/enforce.ts";
import { EncodedJson, encodeJson } from "../../stream/mod.ts";

/** The longest time for which `Prefer: wait` delays an answer, in seconds. */
const MAX_WAIT_SECONDS = 60;

const encoder = new TextEncoder();

/** `/calls`: the calls of methods that run, and those that have ended a short time ago. */
export function callRoutes(daemon: LabDaemon): Hono {
  const app = new Hono();
  const callOf = (c: Context) => {
    const call = daemon.calls.get(c.req.param("call_id")!);
    requireDevice(c, call.deviceId);
    return call;
  };

  app.get("/", (c) => {
    const seen = daemon.calls.all.filter(({ deviceId }) => seesDevice(c, deviceId));
    const calls = seen.map((call) => {
      const { result: _, ...record } = call.record();
      return record;
    });
    return c.json({ calls });
  });

  app.get("/:call_id", async (c) => {
    const call = callOf(c);
    await ended(call, preferences(c).waitMs);
    return recordResponse(c, call);
  });

  app.delete("/:call_id", async (c) => {
    const call = callOf(c);
    c.get("assertLease")([call.deviceId]);
    call.cancel();
    await ended(call, CANCEL_MS);
    return recordResponse(c, call);
  });

  return app;
}

/** The time for which the answer to a cancel waits for the end of the call. */
const CANCEL_MS = 2_000;

/**
 * The answer to a call: its result between `before` and `after`; or 202 with the call's id, if the request prefers that
 * and the call still runs.
 *
 * @throws {LabError} the error of the call.
 */
export async function callResponse(c: Context, call: Call, [before, after] = ["", ""]): Promise<Response> {
  const { isAsync, waitMs } = preferences(c);
  if (isAsync) {
    call.isKept = true;
    await ended(call, waitMs);
    if (call.isRunning) {
      const headers = { Location: `${c.get("prefix")}/calls/${call.id}`, "Preference-Applied": "respond-async" };
      return c.json({ call_id: call.id, status: "running" }, 202, headers);
    }
    // The answer has the outcome: no request asks for it.
    call.isKept = false;
  }
  return json(c, [before, bytesOf(await call.answer), after]);
}

/** The record of a call, with the result as it came. */
async function recordResponse(c: Context, call: Call): Promise<Response> {
  const { result, ...record } = call.record();
  const text = JSON.stringify(record);
  if (record.status !== "done") return await json(c, [text]);
  return await json(c, [text.slice(0, -1), `,"result":`, bytesOf(result), "}"]);
}

async function json(c: Context, parts: BlobPart[]): Promise<Response> {
  return c.body(await new Blob(parts).bytes(), 200, { "Content-Type": "application/json" });
}

function bytesOf(result: unknown): Uint8Array<ArrayBuffer> {
  return result instanceof EncodedJson ? result.bytes : encoder.encode(encodeJson(result));
}

/** Resolves when a call has ended, after `ms` milliseconds at the latest. */
async function ended(call: Call, ms: number): Promise<void> {
  if (!call.isRunning || ms <= 0) return;
  const over = new AbortController();
  const wait = delay(ms, { signal: over.signal }).catch(() => {});
  await Promise.race([call.answer.catch(() => {}), wait]);
  over.abort();
}

/** The header `Prefer`: `respond-async`, `wait=<seconds>`. */
function preferences(c: Context): { isAsync: boolean; waitMs: number } {
  const asked = (c.req.header("prefer") ?? "").toLowerCase().split(/[,;]/).map((it) => it.trim());
  const wait = asked.map((it) => /^wait\s*=\s*"?(\d{1,4})"?$/.exec(it)?.[1]).find((it) => it !== undefined);
  return { isAsync: asked.includes("respond-async"), waitMs: Math.min(Number(wait ?? 0), MAX_WAIT_SECONDS) * 1000 };
}
