import { getLogger } from "@logtape/logtape";
import { timestamp } from "../async/clock.ts";
import { LabError, messageOf } from "../errors.ts";
import { SecretIndex } from "../format/secret_index.ts";
import { maskSecrets, secretsIn } from "../format/secrets.ts";
import { type Plan, textWithoutSecrets } from "../registry/plan.ts";
import { EncodedJson, encodeJson } from "../stream/mod.ts";
import type { JsonSchema } from "../wire/driver.ts";

const logger = getLogger(["labdaemon", "device"]);

/** A longer result, value or input is cut, and is a text then. */
const MAX_CHARS = 64 * 1024;

/** More bytes of a result are not looked at: they have more characters than are shown. */
const MAX_BYTES = 4 * 2 * MAX_CHARS;

/** The principal of a command, and the request that carried it. */
export interface CommandOrigin {
  by: string;
  requestId: string;
  /** The fence number when the command was allowed: the driver refuses it if the device has had another owner since. */
  fence?: number;
}

/** A command that has ended. */
export interface EndedCommand {
  event: "call" | "property_set";
  deviceId: string;
  /** The plan of the device, whose secrets are left out. */
  plan: Plan;
  /** When it was asked for, by the monotonic clock. */
  startMs: number;
  origin?: CommandOrigin;
  /** The identity of the request. */
  about: Record<string, unknown>;
  /** The name of the field that has its input, and the schema by which secrets are found in it. */
  input: { field: string; value: unknown; schema: JsonSchema };
  outcome: { result: unknown } | { error: unknown };
}

/** The followers of the commands to a device. Without a follower, commands are not described. */
export class Commands {
  readonly #listeners = new Set<(frame: Uint8Array) => void>();

  /** Calls `listener` with the event of each command that has ended, until the returned function is called. */
  listen(listener: (frame: Uint8Array) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Reports a command that has ended. */
  ended(command: () => EndedCommand): void {
    this.report(() => [commandFrame(command())]);
  }

  /** Reports events to the followers. */
  report(events: () => Uint8Array[]): void {
    if (this.#listeners.size === 0) return;
    try {
      for (const frame of events()) for (const listener of this.#listeners) listener(frame);
    } catch (error) {
      // The command is done: its answer does not depend on its record.
      logger.error("A command cannot be recorded: {error}", { error: messageOf(error) });
    }
  }
}

/** The named arguments of a call: positional ones have the names of the input's properties, in their order. */
export function namedArguments(args: readonly unknown[], kwargs: Record<string, unknown>, input: JsonSchema) {
  const names = Object.keys(input.properties ?? {});
  return { ...Object.fromEntries(args.map((value, i) => [names[i] ?? String(i), value])), ...kwargs };
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** The `call` or `property_set` event, without secrets. */
function commandFrame({ event, deviceId, plan, startMs, origin, about, input, outcome }: EndedCommand): Uint8Array {
  const { field, value, schema } = input;
  const secrets = new SecretIndex(secretsIn({ value }, { properties: { value: schema } }));
  const hide = (text: string) => secrets.removeFrom(textWithoutSecrets(plan, text));
  const asked = maskSecrets({ [field]: value }, { properties: { [field]: schema } })[field];
  const head = JSON.stringify({
    event,
    device_id: deviceId,
    timestamp: timestamp(),
    ...about,
    by: origin?.by ?? null,
    request_id: origin?.requestId ?? null,
    duration: Math.round((performance.now() - startMs) * 1000) / 1e6,
    status: "result" in outcome ? "done" : isCancelled(outcome.error) ? "cancelled" : "failed",
  });
  const parts = {
    [field]: asked,
    ..."result" in outcome ? { result: outcome.result } : { error: outcome.error },
  };
  const fields = Object.entries(parts).map(([name, part]) => `,"${name}":${shownJson(jsonOf(part), hide)}`);
  return encoder.encode(`event: ${event}\ndata: ${head.slice(0, -1)}${fields.join("")}}\n\n`);
}

/** A value as JSON text on one line: of a driver's process as it came, so that integers keep their digits. */
function jsonOf(value: unknown): string {
  if (value instanceof EncodedJson) return decoder.decode(value.bytes.subarray(0, MAX_BYTES)).replace(/[\r\n]+/g, " ");
  try {
    return value instanceof LabError ? JSON.stringify(value) : encodeJson(value);
  } catch (error) {
    return JSON.stringify(messageOf(error));
  }
}

/** JSON text without secrets. If the rest is no longer JSON, or too long, it becomes a text. */
function shownJson(json: string, hide: (text: string) => string): string {
  const text = hide(json.slice(0, 2 * MAX_CHARS));
  if (json.length > MAX_CHARS) return JSON.stringify(`${text.slice(0, MAX_CHARS)}…`);
  return text === json || isJson(text) ? text : JSON.stringify(text);
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function isCancelled(error: unknown): boolean {
  return error instanceof LabError && error.code === "CallCancelled";
}
