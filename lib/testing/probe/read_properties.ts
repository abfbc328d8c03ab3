import type { Driver } from "../../driver/mod.ts";
import { messageOf } from "../../errors.ts";
import { encodeJson } from "../../stream/encode.ts";

/** Reads each property that has a `get`: the number that was read, and the defects. No property is set. */
export async function readProperties(driver: Driver, device: unknown): Promise<{ read: number; problems: string[] }> {
  const { signal } = new AbortController();
  const problems: string[] = [];
  let read = 0;
  for (const [name, { schema, get }] of Object.entries(driver.properties)) {
    if (!get) continue;
    read++;
    try {
      const value = await get(device, { signal });
      const encoded = JSON.parse(encodeJson(value));
      const { error } = schema.safeParse(value);
      // As for samples: the schema may describe the value as it is read, or as clients get it.
      if (!error || schema.safeParse(encoded).success) continue;
      const [{ path, message }] = error.issues;
      problems.push(
        `${name} is ${JSON.stringify(encoded).slice(0, 100)}: ${[...path.map(String), message].join(": ")}`,
      );
    } catch (thrown) {
      problems.push(`${name}: ${messageOf(thrown)}`);
    }
  }
  return { read, problems };
}
