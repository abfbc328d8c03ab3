import type { Msg } from "@nats-io/transport-node";
import { LabError } from "../../errors.ts";
import { ANSWERED, REQUEST_HEADERS } from "../requests.ts";
import type { KnownBench } from "./known_bench.ts";
import type { LiveStream } from "./live_stream.ts";

/** The error of a bench that does not answer. */
export function away(bench: KnownBench, why: string): LabError {
  const { name, awaySince } = bench;
  const since = awaySince === null ? "" : ` is away since ${awaySince}, and`;
  return new LabError("Unavailable", `Bench "${name}"${since} does not answer: ${why}`, {
    type: "BenchAway",
    context: { bench: name, away_since: awaySince },
  });
}

/** True if the bench is not connected to the hub. */
export function isUnanswered(error: unknown): boolean {
  return error instanceof Error && (/^no responders/i.test(error.message) || isUnanswered(error.cause));
}

/** The media types that a bench answers with, and a browser does not run. */
const MEDIA_TYPES =
  /^(application\/(json|jsonl|vnd\.apache\.(parquet|arrow\.file)|x-mcap|x-hdf5)|text\/(csv|plain|event-stream))(;|$)/;

/**
 * The answer of a bench as a response. If messages carry the body, the response has the body of that stream. A bench in
 * the wrong hands can set neither cookies nor pages of the view.
 */
export function responseOf({ headers, data }: Msg, carried: LiveStream | undefined): Response {
  const status = Number(headers?.get(REQUEST_HEADERS.status));
  const answered = new Headers();
  for (const name of ANSWERED) if (headers?.has(name)) answered.set(name, headers.get(name));
  const isKnown = status >= 200 && status < 600 && Math.floor(status / 100) !== 3;
  const type = answered.get("content-type");
  if (!isKnown || (type !== null && !MEDIA_TYPES.test(type))) throw new Error("its answer is none of a bench");
  const body = carried ? carried.body : data.length === 0 ? null : data.slice();
  return new Response(body, { status, headers: answered });
}
