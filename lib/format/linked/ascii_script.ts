/**
 * A script with the same meaning in ASCII alone. V8 keeps a byte for each of its characters: a single other one, such as a dash
 * in a comment, makes it two for all. What may mean something else then comes back as it is: a script with another character
 * behind a backslash, or with `String.raw`.
 */
export function asciiScript(script: string): string {
  if (/String\.raw|\\[\u0080-\uffff]/.test(script)) return script;
  return script.replace(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
