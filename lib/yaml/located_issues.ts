/**
 * The faults of a YAML file: the place, the key, what was expected, and what was found.
 *
 * @module
 */
import type { z } from "zod";
import { closestName } from "../format/closest_name.ts";
import { pathText } from "../format/path_text.ts";
import { isSecretName, maskSecrets } from "../format/secrets.ts";
import type { LocatedYaml, Path, TextPlace } from "./located_yaml.ts";

/** One fault and its place. The path is empty where the text is not YAML. */
export interface LocatedIssue extends TextPlace {
  path: string;
  message: string;
}

/** More faults are counted. */
export const MAX_ISSUES = 100;

/**
 * The schema's issues with their places in the file. Issues beyond {@linkcode MAX_ISSUES} become one, at the place of
 * the first of them.
 */
export function schemaIssues(yaml: LocatedYaml, issues: readonly z.core.$ZodIssue[]): LocatedIssue[] {
  const all = issues.flatMap((issue): { issue: z.core.$ZodIssue; key?: string }[] => {
    if (issue.code !== "unrecognized_keys") return [{ issue }];
    return issue.keys.map((key) => ({ issue, key }));
  });
  const found = all.slice(0, MAX_ISSUES).map(({ issue, key }) =>
    key === undefined ? valueIssue(yaml, issue.path, `expected ${issue.message}`) : keyIssue(yaml, issue, key)
  );
  const left = all.length - found.length;
  if (left === 0) return found;
  const { issue: { path }, key } = all[MAX_ISSUES];
  const place = key === undefined ? yaml.placeOf(path) : yaml.placeOfKey([...path, key]);
  return [...found, { path: "", message: `${left} more faults, here and behind`, ...place }];
}

/** An unknown key of a mapping whose issue has the known ones as its message. */
function keyIssue(yaml: LocatedYaml, issue: z.core.$ZodIssue, key: string): LocatedIssue {
  const meant = closestName(key, issue.message.split(", "));
  const message = `expected one of ${issue.message}, found an unknown key${meant ? `: did you mean ${meant}?` : ""}`;
  const path = [...issue.path, key];
  return { path: pathText(path), message, ...yaml.placeOfKey(path) };
}

/** An issue with the value at a path, and its place. Secrets are not shown. */
export function valueIssue(yaml: LocatedYaml, path: Path, expected: string): LocatedIssue {
  const isSecret = path.some((step) => isSecretName(String(step)));
  const message = `${expected}, found ${isSecret ? "a secret" : show(maskSecrets(valueAtPath(yaml.value, path)))}`;
  return { path: pathText(path), message, ...yaml.placeOf(path) };
}

/** Issues in the order of their places. */
export function inPlaceOrder(issues: readonly LocatedIssue[]): LocatedIssue[] {
  return issues.toSorted((a, b) => a.line - b.line || a.column - b.column);
}

/** An issue as a line: `bench.yaml:3:5: key port: expected …`. */
export function issueLine(file: string, { line, column, from, path, message }: LocatedIssue): string {
  return `${file}:${line}:${column}: ${path && `key ${path}: `}${message}${from ? ` (merged from line ${from})` : ""}`;
}

/** The value at a path; `undefined` if the path leads nowhere. */
export function valueAtPath(value: unknown, path: Path): unknown {
  return path.reduce((node, step) => Object(node)[step], value);
}

function show(value: unknown): string {
  if (value === undefined || value === null) return "nothing";
  if (Array.isArray(value)) return value.length === 0 ? "an empty list" : `the list ${shortened(value)}`;
  if (typeof value === "object") return "a mapping";
  return typeof value === "number" ? `the number ${value}` : shortened(value);
}

function shortened(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
