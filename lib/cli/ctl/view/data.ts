/**
 * Answers of the daemon in the form that a person or a program asks for.
 *
 * @module
 */
import { Option } from "commander";
import type { Outlet } from "../../terminal/outlet.ts";
import type { Paint } from "../../terminal/paint.ts";
import { table } from "../../terminal/table.ts";

const FORMS = ["table", "json", "yaml"] as const;

/** A form of an answer. */
export type Form = typeof FORMS[number];

/** The options of a command that prints data, as commander reads them. */
export interface DataOptions {
  output: Form;
}

/** `--output` of a command whose answer is a table for people. */
export const OUTPUT = outputOf("table", "table is for people; json and yaml are the daemon's whole answer");

/** `--output` of a command that prints JSON by default. */
export const DATA_OUTPUT = outputOf("json", "the form of the answer");

/** `--output` of a command whose answer is lines for the bench file. */
export const LINES_OUTPUT = outputOf("yaml", "the form of the answer; yaml has remarks");

/** The older name. */
export const JSON_OUTPUT = new Option("--json", "the same as --output json").implies({ output: "json" });

function outputOf(initial: Form, description: string): Option {
  return new Option("--output <form>", description).choices(FORMS).default(initial);
}

/** Prints a whole value in one of the formats. */
export async function printData(
  { out, paint }: { out: Outlet; paint: Paint },
  form: Form,
  value: unknown,
): Promise<void> {
  if (form === "json") return await out.printJson(value);
  for (const line of form === "yaml" ? await yamlLines(value) : tableLines(value, paint, out.size.columns)) {
    await out.print(line);
  }
}

async function yamlLines(value: unknown): Promise<string[]> {
  // Most commands print none.
  const { stringify } = await import("yaml");
  return stringify(value ?? null, { lineWidth: 0, aliasDuplicateObjects: false }).trimEnd().split("\n");
}

/** A row for each object of a list, or for each key of an object. */
function tableLines(value: unknown, paint: Paint, width: number): string[] {
  const list: unknown[] | undefined = Array.isArray(value) ? value : undefined;
  if (list?.every(isObject)) {
    const keys = [...new Set(list.flatMap(Object.keys))];
    const rows = list.map((row) => keys.map((key) => textOf(row[key])));
    return table(keys.map((key) => key.toUpperCase()), rows, paint, width);
  }
  if (list) return list.map((part) => paint(textOf(part)));
  if (!isObject(value)) return [paint(textOf(value))];
  return table(["KEY", "VALUE"], Object.entries(value).map(([key, part]) => [key, textOf(part)]), paint, width);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value ?? null);
}
