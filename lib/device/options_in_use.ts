import { timestamp } from "../async/clock.ts";
import { LabError } from "../errors.ts";
import { maskSecrets } from "../format/secrets.ts";
import type { JsonSchema } from "../wire/driver.ts";
import type { OptionsEvent } from "../wire/events.ts";

type Options = Record<string, unknown>;

/** The options of a run with the defaults of their schema. */
export function completeOptions(options: Options, { properties = {} }: JsonSchema): Options {
  const defaults = Object.entries(properties as Record<string, JsonSchema>)
    .flatMap(([key, schema]) => schema.default === undefined ? [] : [[key, schema.default] as const]);
  return { ...Object.fromEntries(defaults), ...options };
}

/** The options that a request gives and that are not those of the run. */
export function otherOptions(given: Options, inUse: Options): string[] {
  return Object.keys(given).filter((key) => JSON.stringify(given[key]) !== JSON.stringify(inUse[key]));
}

/** The refusal of a start with other options than those of the run. */
export function optionsInUse(
  attempt: string,
  deviceId: string,
  others: string[],
  { given, inUse, schema }: { given: Options; inUse: Options; schema: JsonSchema },
): LabError {
  const options = maskSecrets(inUse, schema);
  const asked = maskSecrets(given, schema);
  const [first] = others;
  const more = others.length > 1 ? ` (and ${others.length - 1} more)` : "";
  const found = options[first] === undefined ? `without ${first}` : `with ${first} ${JSON.stringify(options[first])}`;
  const message = `${attempt}: it streams ${found}, and ${
    JSON.stringify(asked[first])
  } was asked for${more}; stop it first`;
  return new LabError("OptionsInUse", message, { context: { device_id: deviceId, options } });
}

/** The event for a reader that asked for other options. */
export function optionsEvent(deviceId: string, inUse: Options, schema: JsonSchema): OptionsEvent {
  return { event: "options", device_id: deviceId, timestamp: timestamp(), options: maskSecrets(inUse, schema) };
}
