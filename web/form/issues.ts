import type { Issue } from "../../lib/wire/error_report.ts";
import { type Draft, isGiven, rowsOf, wayOf } from "./draft.ts";
import type { Field } from "./field.ts";

/** The issues of a form, by the field that shows them. */
export interface PlacedIssues {
  /** The issues by the paths of the fields that they stand beside. */
  beside: ReadonlyMap<string, string[]>;
  /** The issues that belong to no field. */
  above: string[];
}

/** No issues. */
export const NO_ISSUES: PlacedIssues = { beside: new Map(), above: [] };

/** Puts each issue beside its field, or the field that holds it; else above the form. */
export function placeIssues(form: Field, draft: Draft, issues: readonly Issue[]): PlacedIssues {
  const paths = [...shownPaths(form, draft)].filter(Boolean);
  const beside = new Map<string, string[]>();
  const above: string[] = [];
  for (const { path, message } of issues) {
    const around = paths.filter((it) => path === it || path.startsWith(it) && ".[".includes(path[it.length]));
    const [place] = around.sort((a, b) => b.length - a.length);
    const rest = path.slice(place?.length ?? 0).replace(/^\./, "");
    const text = rest ? `${rest}: ${message}` : message;
    if (place === undefined) above.push(text);
    else beside.set(place, [...beside.get(place) ?? [], text]);
  }
  return { beside, above };
}

function* shownPaths(field: Field, draft: Draft): Generator<string> {
  yield field.path;
  if (field.kind === "either") {
    const way = field.ways[wayOf(field, draft)];
    if (way) yield* shownPaths(way, draft);
  } else if (field.kind === "rows") {
    for (let index = 0; index < rowsOf(field, draft); index++) yield* shownPaths(field.item(index), draft);
  } else if (field.kind === "group" && isGiven(field, draft)) {
    for (const part of field.fields) yield* shownPaths(part, draft);
  }
}
