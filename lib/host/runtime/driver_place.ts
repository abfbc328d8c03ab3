/** How V8 tells a place: a file, a line and a column at the end of a line. */
const PLACE = /(file:\/\/\S+?):(\d+):\d+\)?$/gm;

/**
 * Where in a driver's own files an error came about: the topmost place of its stack that lies in the folder of `file`, by
 * file name and line, as `my_laser.ts:12`. The folder's path stays where it is.
 *
 * @param file The URL of the driver's file, or of one around it that names it as `?driver=`; none for a class of a script.
 */
export function driverPlace(thrown: unknown, file: string): string | undefined {
  if (!file || !(thrown instanceof Error)) return undefined;
  const { href: folder } = new URL("./", new URL(file).searchParams.get("driver") ?? file);
  try {
    for (const [, url, line] of String(thrown.stack).matchAll(PLACE)) {
      const name = url.slice(folder.length);
      if (url.startsWith(folder) && !name.includes("node_modules/")) return `${decodeURIComponent(name)}:${line}`;
    }
  } catch {
    // A stack can be anything that the driver's author made of it.
  }
  return undefined;
}

/** A message with the place, unless it tells it already. */
export function placed(message: string, place: string | undefined): string {
  return place && !message.includes(place) ? `${message} (${place})` : message;
}
