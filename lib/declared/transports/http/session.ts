/**
 * A device of the transport `http`: requests to one server.
 *
 * @module
 */
import { connectHttp, type HttpConnections } from "../../../driver/connection/connect_http.ts";
import { LabError, messageOf } from "../../../errors.ts";
import { parseTemplate } from "../../format_spec.ts";
import { Payload } from "../../payload.ts";
import { shown } from "../../text_address.ts";
import type { Addressed, DeclaredInstrument, Raw, Reading, Readings, TransportSession } from "../../transport.ts";
import type { HttpCommand, HttpKeys, HttpParams, HttpSetting, HttpValue } from "./schema.ts";

/** The longest answer that is read, in bytes. */
const MAX_ANSWER_BYTES = 1024 * 1024;

type HttpInstrument = DeclaredInstrument<HttpParams, HttpKeys, HttpValue, HttpSetting>;

/** An answer whose status is an error: the server is there. */
class RefusedRequest extends LabError {
  readonly reason: string;

  constructor(request: string, reason: string) {
    super("DriverError", `Cannot ${request}: the server answers ${reason}`, { type: "HttpError" });
    this.reason = reason;
  }
}

/** Asks for the values, or for the first setting, so that a server that is not there, or another one, is an error. */
export async function openHttp(
  { params, keys, values, settings }: HttpInstrument,
  signal: AbortSignal,
): Promise<TransportSession<HttpValue, HttpSetting, HttpCommand>> {
  const session = new HttpSession(params, keys);
  try {
    const setting = settings.find(({ address: { get } }) => get !== undefined);
    if (values.length > 0) await session.read(values, signal);
    else if (setting) await session.get(setting, signal);
    return session;
  } catch (error) {
    session.close();
    throw error;
  }
}

class HttpSession implements TransportSession<HttpValue, HttpSetting, HttpCommand> {
  readonly #http: HttpConnections;
  readonly #params: HttpParams;
  readonly #keys: HttpKeys;
  readonly #base: string;

  constructor(params: HttpParams, keys: HttpKeys) {
    this.#http = connectHttp(params.ca);
    this.#params = params;
    this.#keys = keys;
    this.#base = params.url.replace(/\/$/, "");
  }

  async read(values: readonly Addressed<HttpValue>[], signal: AbortSignal): Promise<Readings> {
    const readings: Record<string, Reading> = {};
    const refusals: RefusedRequest[] = [];
    const byPath = Map.groupBy(values, ({ address: { get } }) => get);
    for (const [path, asked] of byPath) {
      const found = await this.#get(path, signal).catch((error) => {
        if (!(error instanceof RefusedRequest)) throw error;
        refusals.push(error);
        return error;
      });
      for (const { name, address } of asked) {
        readings[name] = found instanceof Payload ? found.reading(address) : { quality: found.reason };
      }
    }
    // A missing page affects only its own values. A server that refuses every request is not the instrument.
    if (refusals.length > 0 && refusals.length === byPath.size) throw refusals[0];
    return readings;
  }

  async get({ address }: Addressed<HttpSetting>, signal: AbortSignal): Promise<Reading> {
    return (await this.#get(address.get!, signal)).reading(address);
  }

  async set({ address }: Addressed<HttpSetting>, raw: Raw, signal: AbortSignal): Promise<void> {
    const { set = "/", method, body } = address;
    const path = body === undefined ? inPath(set, raw) : set;
    await this.#request(method, path, body === undefined ? undefined : parseTemplate(body).format(raw), signal);
  }

  async command({ set, method, body }: HttpCommand, signal: AbortSignal): Promise<void> {
    await this.#request(method, set, body, signal);
  }

  async probe({ address }: Addressed<HttpValue> | Addressed<HttpSetting>, signal: AbortSignal): Promise<void> {
    await this.#get(address.get!, signal).catch((error) => {
      if (!(error instanceof RefusedRequest)) throw error;
    });
  }

  close(): void {
    this.#http[Symbol.dispose]();
  }

  async #get(path: string, signal: AbortSignal): Promise<Payload> {
    return new Payload(await this.#request("GET", path, undefined, signal));
  }

  /** Sends a request, and reads its answer. */
  async #request(method: string, path: string, body: string | undefined, signal: AbortSignal): Promise<string> {
    const url = this.#base + path;
    const request = `${method} ${url}`;
    const limit = new AbortController();
    const timer = setTimeout(() => limit.abort(), this.#params.timeout * 1000);
    try {
      const answer = await this.#http.fetch(url, {
        method,
        headers: this.#headers(body),
        body,
        signal: AbortSignal.any([signal, limit.signal]),
      });
      const text = await textOf(answer);
      if (answer.ok) return text;
      const words = text.trim();
      throw new RefusedRequest(request, `${answer.status} ${answer.statusText}${words && `: ${shown(words)}`}`);
    } catch (cause) {
      signal.throwIfAborted();
      if (cause instanceof LabError) throw cause;
      const found = limit.signal.aborted ? `no answer within ${this.#params.timeout} s` : wordsOf(cause);
      throw new LabError("DriverError", `Cannot ${request}: ${found}`, { cause });
    } finally {
      clearTimeout(timer);
    }
  }

  #headers(body: string | undefined): Headers {
    const { user, password = "", token, headers } = this.#params;
    const all = new Headers(headers);
    if (user !== undefined) all.set("authorization", `Basic ${base64(`${user}:${password}`)}`);
    if (token !== undefined) all.set("authorization", `Bearer ${token}`);
    if (body !== undefined) all.set("content-type", this.#keys.content_type);
    return all;
  }
}

/** A path with the value in its place, which is percent-encoded. */
function inPath(template: string, raw: Raw): string {
  const { before, after, format } = parseTemplate(template);
  const text = format(raw);
  return before + encodeURIComponent(text.slice(before.length, text.length - after.length)) + after;
}

async function textOf(answer: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  for await (const chunk of answer.body ?? []) {
    bytes += chunk.length;
    if (bytes > MAX_ANSWER_BYTES) throw new Error(`the answer is longer than ${MAX_ANSWER_BYTES} bytes`);
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

/** The deepest reason of a request that has failed. */
function wordsOf(thrown: unknown): string {
  const reason = thrown instanceof Error && thrown.cause !== undefined ? thrown.cause : thrown;
  return messageOf(reason);
}

function base64(text: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}
