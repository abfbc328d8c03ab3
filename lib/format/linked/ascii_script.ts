/**
 * A script with the same meaning in ASCII only, which V8 stores with one byte for each character: a single other one,
 * such as a dash in a comment, makes it two for all. A script whose meaning may change is returned unchanged: one with
 * `String.raw`, or with another character after a backslash.
 */
export function asciiScript(script: string): string {
  if (/String\.raw|\\[\u0080-\uffff]/.test(script)) return script;
  return script.replace(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
