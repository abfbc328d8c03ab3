import { printable } from "../../errors.ts";
import type { Outlet } from "./outlet.ts";

/** Prints a value as JSON: on many lines for a person, on one for a program. */
export async function printJson(out: Outlet, value: unknown): Promise<void> {
  if (!out.isTerminal) return await out.print(JSON.stringify(value ?? null));
  for (const line of JSON.stringify(value ?? null, null, 2).split("\n")) await out.print(printable(line));
}
