/**
 * A place in a stack of V8: a file, a line and a column at the end of a line. Behind that of a syntax error, Deno may name
 * a place of its own.
 */
const PLACE = /(file:\/\/\S+?):(\d+):\d+\)?(?: at ext:\S+)?$/gm;

/**
 * The place in a driver's own files where an error was thrown: the topmost place of its stack that lies in the folder
 * of `file`, as `my_laser.ts:12`, without the folder's path.
 *
 * @param file The URL of the driver's file, or of a file that names it as `?driver=`; empty for a class of a script.
 */
export function driverPlace(thrown: unknown, file: string): string | undefined {
  if (!file) return undefined;
  const { href: folder } = new URL("./", new URL(file).searchParams.get("driver") ?? file);
  try {
    if (!(thrown instanceof Error)) return undefined;
    for (const [, url, line] of String(thrown.stack).matchAll(PLACE)) {
      const name = url.slice(folder.length);
      if (url.startsWith(folder) && !name.includes("node_modules/")) return `${decodeURIComponent(name)}:${line}`;
    }
  } catch {
    // A driver can replace the stack of its errors by anything.
  }
  return undefined;
}

/** A message with the place, unless the message contains it. */
export function placed(message: string, place: string | undefined): string {
  return place && !message.includes(place) ? `${message} (${place})` : message;
}
