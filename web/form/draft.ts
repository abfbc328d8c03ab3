/**
 * The entries of a form by the path of each field. Untouched fields are absent: the daemon applies their defaults, and
 * entries survive a change of the form.
 *
 * Beside the fields' texts stand, under the path and a sign: `#` how many rows a list has, `?` whether a group is given,
 * `|` which of several forms was picked.
 *
 * @module
 */
import { type Signal, signal } from "@preact/signals";
import { type Choice, type Field, fits, isObject } from "./field.ts";

/** The entries of a form. */
export type Draft = Readonly<Record<string, string>>;

const drafts = new Map<string, Signal<Draft>>();

/** The draft of one form. It is kept as long as the page is open. */
export function draftFor(form: string): Signal<Draft> {
  let draft = drafts.get(form);
  if (!draft) drafts.set(form, draft = signal<Draft>({}));
  return draft;
}

/** True if there is an entry at a path or below it. */
export function isTouched(draft: Draft, path: string): boolean {
  return Object.keys(draft).some((key) => key === path || key.startsWith(path) && ".[#?|".includes(key[path.length]));
}

/** The text of a field. */
export function textOf(field: Field, draft: Draft): string {
  return draft[field.path] ?? textFor(field, field.initial);
}

/** The number of rows of a list. */
export function rowsOf({ path, initial, required, schema }: Field, draft: Draft): number {
  const typed = draft[`${path}#`];
  if (typed !== undefined) return Number(typed);
  if (Array.isArray(initial)) return initial.length;
  return required ? Math.min(Number(schema.minItems ?? 0), 20) : 0;
}

/** True if a group is given. A group with a default always is: untouched, the daemon applies the default. */
export function isGiven({ path, required, initial }: Field, draft: Draft): boolean {
  return required || initial !== undefined || draft[`${path}?`] === "true";
}

/** The index of the chosen form; -1 for none. */
export function wayOf({ path, initial, required, ways }: Field & { kind: "either" }, draft: Draft): number {
  const typed = draft[`${path}|`];
  // The driver may have been reloaded with fewer of them.
  if (typed !== undefined) return Math.min(Number(typed), ways.length - 1);
  const found = ways.findIndex((way) => fits(way, initial));
  return found >= 0 ? found : required ? 0 : -1;
}

/** A list's draft without one of its rows. */
export function withoutRow(field: Field, draft: Draft, index: number): Draft {
  const { path } = field;
  const last = rowsOf(field, draft) - 1;
  // Untouched rows move as well.
  const complete: Draft = { ...rowsDraft(field, draft), ...draft };
  const moved = Object.entries(complete).flatMap(([key, text]) => {
    const rest = key.startsWith(`${path}[`) ? /^\[(\d+)\]([^]*)$/.exec(key.slice(path.length)) : null;
    if (!rest || Number(rest[1]) < index) return [[key, text]];
    return Number(rest[1]) === index ? [] : [[`${path}[${Number(rest[1]) - 1}]${rest[2]}`, text]];
  });
  return { ...Object.fromEntries(moved), [`${path}#`]: String(last) };
}

function rowsDraft(field: Field, draft: Draft): Draft {
  if (field.kind !== "rows") return {};
  const rows = Array.from({ length: rowsOf(field, draft) }, (_, index) => field.item(index));
  return Object.assign({}, ...rows.map((row) => draftOf(row, row.initial)));
}

/** The draft that enters a value into a form. */
export function draftOf(field: Field, value: unknown): Draft {
  const { path } = field;
  if (value === undefined || field.kind === "fixed") return {};
  if (field.kind === "either") {
    const way = field.ways.findIndex((way) => fits(way, value));
    return way < 0 ? {} : { ...draftOf(field.ways[way], value), [`${path}|`]: String(way) };
  }
  if (field.kind === "rows" && Array.isArray(value)) {
    return Object.assign({ [`${path}#`]: String(value.length) }, ...value.map((it, i) => draftOf(field.item(i), it)));
  }
  if (field.kind === "group") {
    const values = isObject(value) || Array.isArray(value) ? value as Record<string, unknown> : {};
    const given: Draft = path && !field.required && field.initial === undefined ? { [`${path}?`]: "true" } : {};
    return Object.assign({}, given, ...field.fields.map((it) => draftOf(it, values[it.key])));
  }
  return { [path]: textFor(field, value) };
}

/** A value in the form in which it is typed. */
export function textFor(field: Field, value: unknown): string {
  if (value === undefined) return "";
  if (field.kind === "choice") return choiceText({ value });
  if (field.kind === "json") return JSON.stringify(value, null, 2);
  if (field.kind === "numbers" && Array.isArray(value)) return value.join(", ");
  return value === null ? "" : typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** A choice by the text that picks it. */
export function choiceText({ value }: Pick<Choice, "value">): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
