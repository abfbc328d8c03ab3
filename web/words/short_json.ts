/** Lists longer than this are shown by their beginning. */
const MAX_LIST = 20;
const MAX_TEXT_CHARS = 400;
const MAX_LINE_CHARS = 100;

/** A value as JSON that a person can read: of waveforms and long texts the beginning, and how much there is more. */
export function shortJson(value: unknown, indent = ""): string {
  if (typeof value === "string" && value.length > MAX_TEXT_CHARS) {
    return `${JSON.stringify(value.slice(0, MAX_TEXT_CHARS / 4))}… (${value.length.toLocaleString()} characters)`;
  }
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "";
  const inner = `${indent}  `;
  const [open, close, parts] = Array.isArray(value)
    ? ["[", "]", listed(value, inner)]
    : ["{", "}", Object.entries(value).map(([key, it]) => `${JSON.stringify(key)}: ${shortJson(it, inner)}`)];
  const line = `${open}${parts.join(", ")}${close}`;
  // A list of numbers reads as a paragraph; a list of objects as lines.
  const isFlat = Array.isArray(value) && value.every((it) => typeof it !== "object" || it === null);
  if (isFlat || (line.length <= MAX_LINE_CHARS && !line.includes("\n"))) return line;
  return `${open}\n${parts.map((part) => inner + part).join(",\n")}\n${indent}${close}`;
}

function listed(value: unknown[], indent: string): string[] {
  const shown = value.length > MAX_LIST ? value.slice(0, MAX_LIST / 2) : value;
  const more = value.length - shown.length;
  const parts = shown.map((it) => shortJson(it, indent));
  return more ? [...parts, `… ${more.toLocaleString()} more`] : parts;
}

/** True if {@linkcode shortJson} leaves something out. */
export function isLong(value: unknown): boolean {
  if (typeof value === "string") return value.length > MAX_TEXT_CHARS;
  if (typeof value !== "object" || value === null) return false;
  return Array.isArray(value) && value.length > MAX_LIST || Object.values(value).some(isLong);
}
