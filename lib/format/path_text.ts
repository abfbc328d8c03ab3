/** The path of a value as text, in the notation of JavaScript: `devices[0].limits.call`. */
export function pathText(path: readonly PropertyKey[]): string {
  return path.map((step) => typeof step === "number" ? `[${step}]` : `.${String(step)}`).join("").replace(/^\./, "");
}
