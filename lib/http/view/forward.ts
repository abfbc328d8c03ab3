import type { Context } from "hono";
import { z } from "zod";
import { LabError } from "../../errors.ts";
import type { FleetAccess } from "../../hub/view/hub_view.ts";
import type { KnownBench } from "../../hub/view/known_bench.ts";
import type { Caller } from "../../hub/signed/signed_request.ts";
import { ASKED_AT, REQUEST_ID, VALID_FOR } from "../../wire/headers.ts";
import type { BodyReader } from "../request/body.ts";
import { remainingMs } from "../request/validity.ts";
import { fullId, withFullIds } from "./view_ids.ts";

/** Any object: the bench checks it. */
const anyBody = z.looseObject({});

/** The principal, as the view names it to a bench. */
export function callerOf(c: Context): Caller {
  const principal = c.get("principal");
  if (!principal) throw new LabError("Unauthorized", "A token is needed");
  const { name, scope, devices } = principal;
  return { name, scope, devices: devices ? [...devices] : null };
}

/** A request to a bench, without its principal. */
export interface Forwarded {
  bench: KnownBench;
  /** `GET` for a `HEAD`, by default. */
  method?: string;
  /** Path and query at the bench. */
  path: string;
  /** The body there; the same, by default. */
  body?: Record<string, unknown>;
}

/** Passes requests on to benches. */
export class Forwarder {
  readonly #fleet: FleetAccess;
  readonly #bodies: BodyReader;

  constructor(fleet: FleetAccess, bodies: BodyReader) {
    this.#fleet = fleet;
    this.#bodies = bodies;
  }

  get benches(): ReadonlyMap<string, KnownBench> {
    return this.#fleet.benches;
  }

  /** The body of a request, recorded if the request is a command. */
  async read(c: Context): Promise<Record<string, unknown>> {
    return await this.#bodies.read(c, anyBody);
  }

  /** The answer of a bench, unchanged. */
  async ask(c: Context, { bench, path, body, method = sentMethod(c) }: Forwarded): Promise<Response> {
    const headers = new Headers(c.req.raw.headers);
    headers.set(REQUEST_ID, c.get("requestId"));
    // By the clock of the view it is known here how long the command is valid.
    headers.delete(ASKED_AT);
    const leftMs = remainingMs(c);
    if (leftMs !== undefined) headers.set(VALID_FOR, String(Math.max(0.001, leftMs / 1000)));
    if (body) headers.set("Content-Type", "application/json");
    const bytes = body && new TextEncoder().encode(JSON.stringify(body));
    return await this.#fleet.ask(bench, callerOf(c), {
      ...{ method, path, headers, body: bytes },
    });
  }

  /** The answer of a bench, with the ids of the view. */
  async askForIds(c: Context, asked: Forwarded): Promise<Response> {
    return await this.withIds(c, await this.ask(c, asked), asked.bench.name);
  }

  /** An answer of a bench, with the ids of the view. Errors stay as they are. */
  async withIds(c: Context, answer: Response, bench: string): Promise<Response> {
    const isJson = answer.headers.get("content-type")?.startsWith("application/json");
    if (!answer.ok || !isJson || !answer.body) return answer;
    const headers = new Headers(answer.headers);
    const call = /\/calls\/([^/]+)$/.exec(headers.get("location") ?? "")?.[1];
    if (call) headers.set("Location", `${c.get("prefix")}/calls/${encodeURIComponent(fullId(bench, call))}`);
    return Response.json(withFullIds(await answer.json(), bench), { status: answer.status, headers });
  }
}

function sentMethod({ req: { method } }: Context): string {
  return method === "HEAD" ? "GET" : method;
}
