import type { Msg } from "@nats-io/transport-node";
import { LabError } from "../../errors.ts";
import { REQUEST_HEADERS } from "../requests.ts";
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

/** The answer of a bench as a response; its body is that of the stream, if the bench has opened it. */
export function responseOf({ headers, data }: Msg, stream: LiveStream | undefined): Response {
  const status = Number(headers?.get(REQUEST_HEADERS.status));
  const answered = new Headers();
  for (const name of headers?.keys() ?? []) if (!name.startsWith("Lab-")) answered.set(name, headers!.get(name));
  const isStream = status === 200 && answered.get("content-type")?.startsWith("text/event-stream");
  const body = isStream && stream ? stream.body : status === 204 ? null : data.slice();
  return new Response(body, { status, headers: answered });
}
