/**
 * A script with the same meaning in ASCII alone. V8 keeps a byte for each of its characters: a single other one, such as a dash
 * in a comment, makes it two for all. What may mean something else then comes back as it is: a script with another character
 * behind a backslash, or with `String.raw`.
 */
export function asciiScript(script: string): string {
  // deno-lint-ignore no-control-regex
  if (/String\.raw|\\[^\x00-\x7f]/.test(script)) return script;
  // deno-lint-ignore no-control-regex
  return script.replace(/[^\x00-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
