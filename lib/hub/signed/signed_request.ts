import { createHash, randomUUID } from "node:crypto";
import { z } from "zod";
import { LabError, messageOf } from "../../errors.ts";
import { SCOPES } from "../../wire/access.ts";
import { isSignedBy, type Signer } from "./nkey.ts";

/** The headers of a request that a view signs. */
export const SIGNED_HEADERS = { request: "Lab-Signed", signature: "Lab-Signature" } as const;

/** A signed request is answered within this time, by the clock of the bench: a copy of it is refused later. */
const MAX_AGE_MS = 30_000;

/** The ids that a bench remembers. */
const MAX_KNOWN = 100_000;

const callerSchema = z.object({
  name: z.string().max(200),
  scope: z.enum(SCOPES),
  devices: z.array(z.string()).nullable(),
});

/** The principal on whose behalf a view sends a request. Its device globs match full ids, such as `lab3/daq1`. */
export type Caller = z.output<typeof callerSchema>;

const signedSchema = z.object({
  ...{ bench: z.string(), epoch: z.string(), id: z.string().max(100), at: z.number(), caller: callerSchema },
  ...{ method: z.string(), path: z.string(), headers: z.record(z.string(), z.string()), body: z.string() },
  live: z.string().optional(),
});

/** A request as a view signs it. Of the rest of the message, only the body counts: its hash is part of this. */
export type SignedRequest = z.output<typeof signedSchema>;

/** Signs a request: for one bench, for one run of its daemon, and for one use. */
export function signRequest(
  signer: Signer,
  request: Omit<SignedRequest, "id" | "body">,
  body: Uint8Array | undefined,
): { text: string; signature: string } {
  const text = JSON.stringify({ ...request, id: randomUUID(), body: hashOf(body) });
  return { text, signature: signer.sign(text) };
}

/** The requests that views sign, at a bench that trusts some of them. */
export class SignatureCheck {
  readonly #views: readonly string[];
  readonly #bench: string;
  readonly #epoch: string;
  /** The ids of requests, in the order of their arrival, with the time of that. */
  readonly #known = new Map<string, number>();

  /** @param views The public nkeys of the views that the bench trusts. */
  constructor({ views, bench, epoch }: { views: readonly string[]; bench: string; epoch: string }) {
    this.#views = views;
    this.#bench = bench;
    this.#epoch = epoch;
  }

  /**
   * @throws {LabError} `Forbidden` for a request that no trusted view has signed, or that is for another bench, old, or
   * a copy; `InvalidRequest` for a text that is no request; `Unavailable` for a request to another run.
   */
  open(text: string, signature: string, body: Uint8Array): SignedRequest {
    if (!isSignedBy(this.#views, text, signature)) throw refused("no view that this bench trusts has signed it");
    const request = parsed(text);
    const { bench, epoch, id, at } = request;
    if (bench !== this.#bench) throw refused("it is for another bench");
    if (epoch !== this.#epoch) {
      throw new LabError(
        "Unavailable",
        "Cannot answer a signed request: the daemon was restarted meanwhile; try again",
      );
    }
    const now = Date.now();
    if (Math.abs(now - at) > MAX_AGE_MS) throw refused(wordsOfAge(now - at));
    for (const [known, time] of this.#known) {
      if (now - time < 2 * MAX_AGE_MS && this.#known.size < MAX_KNOWN) break;
      this.#known.delete(known);
    }
    if (this.#known.has(id)) throw refused("it was answered before");
    this.#known.set(id, now);
    if (request.body !== hashOf(body)) throw refused("its body is another one");
    return request;
  }
}

/** @throws {LabError} `InvalidRequest` for a text that is no request, as one of a view of another version. */
function parsed(text: string): SignedRequest {
  try {
    return signedSchema.parse(JSON.parse(text));
  } catch (cause) {
    const found = cause instanceof z.ZodError ? z.prettifyError(cause) : messageOf(cause);
    const message = `Cannot answer a signed request: "${SIGNED_HEADERS.request}" is none: ${found}`;
    throw new LabError("InvalidRequest", message, { cause });
  }
}

/** @param ageMs Negative for one that was signed in the future. */
function wordsOfAge(ageMs: number): string {
  const seconds = (Math.abs(ageMs) / 1000).toFixed(1);
  const limit = MAX_AGE_MS / 1000;
  return `by the clock of this bench it was signed ${seconds} s ${
    ageMs > 0 ? "ago" : "in the future"
  }, and the limit is ` +
    `${limit} s; either it is a copy, or the clocks of the bench and of the view differ: a view knows by how much with ` +
    "the next heartbeat of the bench";
}

function hashOf(body: Uint8Array | undefined): string {
  return createHash("sha256").update(body ?? new Uint8Array()).digest("base64url");
}

function refused(why: string): LabError {
  return new LabError("Forbidden", `Cannot answer a signed request: ${why}`);
}
