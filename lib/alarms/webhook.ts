import { getLogger } from "@logtape/logtape";
import { backoffDelay, delay } from "../async/mod.ts";
import { messageOf } from "../errors.ts";
import type { AlarmEvent } from "../wire/events.ts";

/** A notice is sent again so often, over some 20 minutes. */
const MAX_ATTEMPTS = 12;
const DEFAULT_INITIAL_DELAY_MS = 1_000;
const MAX_DELAY_MS = 300_000;

/** The time for one answer. */
const ANSWER_MS = 10_000;

/** Notices that wait; the oldest is dropped for a newer one. */
const MAX_WAITING = 100;

const logger = getLogger(["labdaemon", "alarms"]);

/** An address that gets a POST for each notice. */
export interface WebhookOptions {
  url: string;
  /** The key that signs the messages; a text with the prefix `whsec_` is the base64 of the key. */
  secret?: string;
  /**
   * The longest pause before the second attempt, in milliseconds; it doubles with each.
   *
   * @default {1_000}
   */
  initialDelayMs?: number;
}

/**
 * Sends notices, one after the other, each until it is taken (an answer of 2xx) or too old. The signature follows the
 * specification of Standard Webhooks: https://www.standardwebhooks.com.
 */
export class Webhook {
  readonly #options: WebhookOptions;
  readonly #waiting: { id: string; body: string }[] = [];
  readonly #closed = new AbortController();
  #isSending = false;

  constructor(options: WebhookOptions) {
    this.#options = options;
  }

  /** Sends an event after those before it. */
  send(event: AlarmEvent): void {
    if (this.#waiting.length >= MAX_WAITING) {
      this.#waiting.shift();
      logger.error("A notice of an alarm was dropped: {waiting} wait for the webhook", { waiting: MAX_WAITING });
    }
    this.#waiting.push({ id: `${event.incident_id}-${event.state}`, body: JSON.stringify(event) });
    if (!this.#isSending) this.#sendAll();
  }

  /** Ends the attempts. Events that were not sent are logged. */
  close(): void {
    this.#closed.abort();
    for (const { body } of this.#waiting) logger.error("A notice of an alarm was not sent: {body}", { body });
  }

  async #sendAll(): Promise<void> {
    this.#isSending = true;
    const { signal } = this.#closed;
    for (let next = this.#waiting[0]; next && !signal.aborted; next = this.#waiting[0]) {
      await this.#sendOne(next.id, next.body);
      const at = this.#waiting.indexOf(next);
      if (at >= 0 && !signal.aborted) this.#waiting.splice(at, 1);
    }
    this.#isSending = false;
  }

  async #sendOne(id: string, body: string): Promise<void> {
    const { signal } = this.#closed;
    const { url, initialDelayMs = DEFAULT_INITIAL_DELAY_MS } = this.#options;
    const { host } = new URL(url);
    for (let attempt = 0; !signal.aborted; attempt++) {
      const failure = await this.#post(id, body).then(() => undefined, messageOf);
      if (failure === undefined || signal.aborted) return;
      const fields = { host, failure, body };
      if (attempt + 1 >= MAX_ATTEMPTS) {
        return void logger.error("The webhook {host} did not take {body}: {failure}", fields);
      }
      logger.warn("The webhook {host} has failed, and is tried again: {failure}", fields);
      await delay(backoffDelay(attempt, { initialDelayMs, maxDelayMs: MAX_DELAY_MS }), { signal })
        .catch(() => {});
    }
  }

  async #post(id: string, body: string): Promise<void> {
    const { url, secret } = this.#options;
    const response = await fetch(url, {
      method: "POST",
      headers: { "Content-Type": "application/json", ...secret !== undefined && await signature(secret, id, body) },
      body,
      redirect: "error",
      signal: AbortSignal.any([this.#closed.signal, AbortSignal.timeout(ANSWER_MS)]),
    });
    await response.body?.cancel();
    if (!response.ok) throw new Error(`it answered ${response.status}`);
  }
}

const encoder = new TextEncoder();

/** The headers that prove to the receiver that this bench has sent the notice, and when. */
async function signature(secret: string, id: string, body: string): Promise<Record<string, string>> {
  const seconds = String(Math.floor(Date.now() / 1000));
  const bytes = secret.startsWith("whsec_") ? Uint8Array.fromBase64(secret.slice(6)) : encoder.encode(secret);
  const key = await crypto.subtle.importKey("raw", bytes, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  const signed = await crypto.subtle.sign("HMAC", key, encoder.encode(`${id}.${seconds}.${body}`));
  return {
    "webhook-id": id,
    "webhook-timestamp": seconds,
    "webhook-signature": `v1,${new Uint8Array(signed).toBase64()}`,
  };
}
